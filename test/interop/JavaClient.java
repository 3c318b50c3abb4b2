import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own clients against a broker: `JavaClient BROKERS TOPIC` makes the topic, writes to it, reads it by
 *  partition and in a group, then writes to it in transactions and reads these, and prints what it saw, a line each. */
public class JavaClient {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], topic = arguments[1];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
      System.out.println("topics " + new TreeMap<>(admin.describeTopics(admin.listTopics().names().get())
          .allTopicNames().get()).values().stream().map(t -> t.name() + ":" + t.partitions().size()).toList());
    }
    for (String idempotent : List.of("true", "false")) {
      try (KafkaProducer<String, String> producer = new KafkaProducer<>(
          Map.of("bootstrap.servers", brokers, "enable.idempotence", idempotent, "compression.type", "gzip"),
          new StringSerializer(), new StringSerializer())) {
        for (int i = 0; i < 3; i++) {
          producer.send(new ProducerRecord<>(topic, i % 2, "k" + i, idempotent + " " + i)).get();
        }
      }
    }
    List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
    try (KafkaConsumer<String, String> consumer = consumer(brokers)) {
      consumer.assign(partitions);
      System.out.println("ends " + new TreeMap<>(Map.of(0, consumer.endOffsets(partitions).get(partitions.get(0)),
          1, consumer.endOffsets(partitions).get(partitions.get(1)))));
      consumer.seekToBeginning(partitions);
      System.out.println("assigned " + read(consumer, 6));
    }
    try (KafkaConsumer<String, String> consumer = consumer(brokers)) {
      consumer.subscribe(List.of(topic));
      System.out.println("subscribed " + read(consumer, 6));
      consumer.commitSync();
      System.out.println("committed " + new TreeMap<>(Map.of(
          0, consumer.committed(Set.copyOf(partitions)).get(partitions.get(0)).offset(),
          1, consumer.committed(Set.copyOf(partitions)).get(partitions.get(1)).offset())));
    }
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", brokers, "transactional.id", "java"), new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      for (String value : List.of("first", "second")) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 1, "k", value));
        producer.commitTransaction();
      }
    }
    try (KafkaConsumer<String, String> consumer = consumer(brokers)) {
      consumer.assign(partitions.subList(1, 2));
      consumer.seek(partitions.get(1), 2);
      System.out.println("transactions " + read(consumer, 2));
    }
  }

  static KafkaConsumer<String, String> consumer(String brokers) {
    return new KafkaConsumer<>(Map.of("bootstrap.servers", brokers, "group.id", "java", "auto.offset.reset", "earliest",
        "enable.auto.commit", "false"), new StringDeserializer(), new StringDeserializer());
  }

  static List<String> read(KafkaConsumer<String, String> consumer, int records) {
    TreeMap<String, String> found = new TreeMap<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (found.size() < records && System.nanoTime() < end) {
      for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofMillis(200))) {
        found.put(r.partition() + ":" + r.offset(), r.key() + "=" + r.value());
      }
    }
    return found.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
  }
}
