import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Kafka's own client reads what was committed: `Witness BROKERS TOPIC` prints each record of a topic as
 *  "partition timestamp key value name=value ...", bytes in base64, "-" for what is absent. */
public class Witness {
  public static void main(String[] arguments) {
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", arguments[0], "isolation.level",
        "read_committed", "enable.auto.commit", "false"));
    try (var consumer = new KafkaConsumer<byte[], byte[]>(settings, new ByteArrayDeserializer(),
        new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(arguments[1]).stream()
          .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      StringBuilder out = new StringBuilder();
      while (!partitions.stream().allMatch(one -> consumer.position(one) >= ends.get(one))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          out.append(record.partition()).append(' ').append(record.timestamp()).append(' ')
              .append(text(record.key())).append(' ').append(text(record.value()));
          for (Header header : record.headers()) {
            out.append(' ').append(header.key()).append('=').append(text(header.value()));
          }
          out.append('\n');
        }
      }
      byte[] bytes = out.toString().getBytes(StandardCharsets.UTF_8);
      System.out.write(bytes, 0, bytes.length);
      System.out.flush();
    }
  }

  static String text(byte[] bytes) {
    return bytes == null ? "-" : "b" + Base64.getEncoder().encodeToString(bytes);
  }
}
