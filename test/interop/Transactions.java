import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** A producer that has nothing to do with librdkafka: `Transactions BROKERS TOPIC FIRST COUNT` writes COUNT
 *  transactions of 40 records each, numbered from FIRST on, to the topic's partitions in turns. Every third one is
 *  aborted, after its records are with the broker; the last one is left open. A value says what became of it:
 *  "committed 17", "aborted 57", "open 97". */
public class Transactions {
  static final int RECORDS = 40;

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], topic = arguments[1];
    int first = Integer.parseInt(arguments[2]), count = Integer.parseInt(arguments[3]);
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "transactional.id", topic + first,
        "transaction.timeout.ms", "30000", "compression.type", "lz4", "batch.size", "200", "linger.ms", "5");
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    producer.initTransactions();
    for (int i = 0; i < count; i++) {
      String fate = i == count - 1 ? "open" : i % 3 == 2 ? "aborted" : "committed";
      producer.beginTransaction();
      for (int k = 0; k < RECORDS; k++) {
        int number = first + i * RECORDS + k;
        producer.send(new ProducerRecord<>(topic, number % 2, "k", "{\"fate\":\"" + fate + "\",\"n\":" + number + "}"));
      }
      producer.flush();
      if (fate.equals("committed")) producer.commitTransaction();
      if (fate.equals("aborted")) producer.abortTransaction();
    }
    // Closing the producer would abort what is open.
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
