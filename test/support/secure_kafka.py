"""The ports of a real Kafka that ask for TLS, certificates and logins, and what its users may do."""

from support.certificates import Authority

# Beside the plain port: TLS; TLS with the client's certificate, too; TLS with a certificate that has expired, and
# with one of another host; logins, plain and over TLS. ANONYMOUS, of the ports without a login, and `me` may all.
PORTS = ("ssl", "mtls", "expired", "other_host", "sasl", "sasl_ssl")

PASSWORDS = {"me": "s3cret", "reader": "r3ad", "writer": "wr1te", "nobody": "n0thing"}

SECURE = """\
listeners={listeners}
advertised.listeners={advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,MTLS:SSL,EXPIRED:SSL,OTHER_HOST:SSL,\
SASL:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={good}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.mtls.ssl.client.auth=required
listener.name.mtls.ssl.keystore.type=PEM
listener.name.mtls.ssl.keystore.location={good}
listener.name.mtls.ssl.truststore.type=PEM
listener.name.mtls.ssl.truststore.location={authority}
listener.name.expired.ssl.keystore.type=PEM
listener.name.expired.ssl.keystore.location={expired}
listener.name.other_host.ssl.keystore.type=PEM
listener.name.other_host.ssl.keystore.location={other_host}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:me;User:CN=me
"""

LOGIN = """\
listener.name.{port}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
listener.name.{port}.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.{port}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.{port}.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.{port}.oauthbearer.sasl.server.callback.handler.class=\
org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler
"""


class SecurePorts:
    """Certificates and settings of a broker in `folder`; `numbers` has a free port for each of PORTS."""

    def __init__(self, folder, numbers):
        self.numbers = dict(zip(PORTS, numbers))
        certificates = folder / "certificates"
        certificates.mkdir(exist_ok=True)
        self.authority = Authority(certificates)
        self.stores = {"good": self.authority.keystore("good"),
                       "expired": self.authority.keystore("expired", days=-1),
                       "other_host": self.authority.keystore("other", host="DNS:broker.example.com")}

    def settings(self, plain, controller):
        addresses = {"PLAINTEXT": plain} | {name.upper(): number for name, number in self.numbers.items()}
        advertised = ",".join(f"{name}://127.0.0.1:{number}" for name, number in addresses.items())
        users = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
        return SECURE.format(listeners=f"{advertised},CONTROLLER://127.0.0.1:{controller}", advertised=advertised,
                             authority=self.authority.file, **self.stores) + "".join(
            LOGIN.format(port=port, users=users) for port in ("sasl", "sasl_ssl"))

    def scram_users(self):
        """Arguments for the tool that formats the broker's log."""
        return [word for name, password in PASSWORDS.items() for kind in ("SCRAM-SHA-256", "SCRAM-SHA-512")
                for word in ("--add-scram", f"{kind}=[name={name},password={password}]")]


def allow(address, *rules):
    """Each rule: user, operation, kind of resource, its name; by the names of Kafka's own tools."""
    from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, AdminClient, ResourcePatternType,
                                       ResourceType)

    client = AdminClient({"bootstrap.servers": address})
    made = client.create_acls([
        AclBinding(ResourceType[kind.upper()], name, ResourcePatternType.LITERAL, f"User:{user}", "*",
                   AclOperation[operation.upper()], AclPermissionType.ALLOW)
        for user, operation, kind, name in rules])
    for done in made.values():
        done.result(30)
    del client  # not before: it takes its requests with it
