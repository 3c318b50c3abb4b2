"""Object stores: s3: and mounts: as settings of Hadoop's s3a, which the program sets once its session is there."""

import re

from ..code import literal

PROVIDERS = "org.apache.hadoop.fs.s3a."
SIMPLE = PROVIDERS + "SimpleAWSCredentialsProvider"
TEMPORARY = PROVIDERS + "TemporaryAWSCredentialsProvider"
ANONYMOUS = PROVIDERS + "AnonymousAWSCredentialsProvider"
PROFILE = PROVIDERS + "auth.ProfileAWSCredentialsProvider"
OF_ENVIRONMENT = {"access.key": "AWS_ACCESS_KEY_ID", "secret.key": "AWS_SECRET_ACCESS_KEY",
                  "session.token": "AWS_SESSION_TOKEN"}
# Options that s3a has nothing for, or under another idea of it.
UNUSED = ("copy_limit", "retry_time")
LOGIN = ("access_key", "anonymous", "profile")


def add_stores(context, part, name="path"):
    """Whether the part's path is in a store; then the session gets what it needs."""
    found = re.match(r"([A-Za-z][\w+.-]*)://([^/]*)", str(part.get(name, "")))
    scheme = found and found[1]
    if not scheme or (scheme != "s3" and scheme not in context.plan.mounts):
        return False
    context.needs.package("s3")
    mount = context.plan.mounts.get(scheme)
    bucket = mount.options["bucket"] if mount else found[2]
    before = context.stores.setdefault(bucket, scheme)
    if before != scheme and wishes(context, before) != wishes(context, scheme):
        part.refuse(name, f"bucket '{bucket}' is reached as {before}:// and as {scheme}://, with different settings, and a "
                          "program of Spark's has one for each bucket: use one of the two")
    return True


def wishes(context, scheme):
    """What is given of the store by `s3:` and by a mount, but for which part of the bucket it is."""
    part = context.plan.mounts.get(scheme) or context.plan.s3
    given = {name: part.options[name] for name in part.given if name not in ("bucket", "prefix")} if part else {}
    return {**(wishes(context, "s3") if scheme != "s3" else {}), **given}


def finish(context):
    """Writes the settings down, once it is known which stores the program reaches."""
    if not context.stores:
        return
    mounts = [context.plan.mounts[one] for one in dict.fromkeys(context.stores.values()) if one in context.plan.mounts]
    settings = Settings(context, context.plan.s3, "fs.s3a.", None, "S3")
    plain = "s3" in context.stores.values()
    settings.place(plain or any("endpoint" not in one.given for one in mounts),
                   plain or any("region" not in one.given for one in mounts))
    if plain or not all(any(name in one.given for name in LOGIN) for one in mounts):
        settings.login()
    settings.rest()
    for scheme, mount in context.plan.mounts.items():
        if mount in mounts:
            own = Settings(context, mount, f"fs.s3a.bucket.{mount.options['bucket']}.", written_prefix(mount), scheme.upper())
            own.place(False, False)
            if any(name in mount.given for name in LOGIN):
                own.login()
            own.rest()


def written_prefix(mount):
    bucket = mount.written.get("bucket")
    return bucket and f"fs.s3a.bucket.{bucket}."


class Settings:
    """Those of `s3:` (None: the file has none) or of a mount, for `prefix`. What the file leaves out of `s3:` comes from the
    environment, as natively."""

    def __init__(self, context, part, prefix, written, owner):
        self.context, self.part, self.owner = context, part, owner
        self.prefix, self.written = prefix, written
        self.given = part.given if part else {}

    def put(self, name, expression):
        key = self.context.values.expression(self.prefix + name, self.written and self.written + name, False, "")
        self.context.needs.later[key] = expression

    def of_environment(self, *names, otherwise=None):
        """The first of these variables that is set."""
        self.context.module("os")
        return " or ".join([*(f'os.environ.get("{name}")' for name in names), *([literal(otherwise)] if otherwise else [])])

    def option(self, name):
        return self.context.values.text(self.part, name, self.owner)

    def place(self, endpoint, region):
        """Where the store is; from the environment where that is wanted."""
        style = self.part.get("path_style") if self.part else None
        if "endpoint" in self.given:
            self.put("endpoint", self.option("endpoint"))
        elif endpoint:
            found = self.of_environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
            self.put("endpoint", self.context.setting("S3_ENDPOINT", found))
        if "region" in self.given:
            self.put("endpoint.region", self.option("region"))
        elif region:
            self.put("endpoint.region", self.of_environment("AWS_REGION", "AWS_DEFAULT_REGION", otherwise="us-east-1"))
        if style is not None:
            self.put("path.style.access", literal(str(style).lower()))
        elif "endpoint" in self.given:
            self.put("path.style.access", '"true"')
        elif endpoint:
            self.put("path.style.access", 'S3_ENDPOINT and "true"')

    def login(self):
        """Who we are: keys are taken together, from one place."""
        part = self.part
        if part and part.get("anonymous"):
            self.put("aws.credentials.provider", literal(ANONYMOUS))
        elif "access_key" in self.given:
            names = {"access_key": "access.key", "secret_key": "secret.key", "session_token": "session.token"}
            for option, name in names.items():
                if option in self.given:
                    self.put(name, self.option(option))
            self.put("aws.credentials.provider", literal(TEMPORARY if "session_token" in self.given else SIMPLE))
        elif "profile" in self.given:
            self.put("aws.credentials.provider", literal(PROFILE))
            self.put("auth.profile.name", self.option("profile"))
            self.context.note("s3: the file with the profile must be on every machine of the cluster")
        else:
            for name, variable in OF_ENVIRONMENT.items():
                self.put(name, self.of_environment(variable))
            self.context.note("s3: keys come from the environment, else from the machine's role; of a profile only where "
                              "'profile' names it")

    def rest(self):
        context, part = self.context, self.part
        if not part:
            return
        if "ca_file" in self.given:
            context.note("s3: ca_file: Java must trust the authority: --conf spark.driver.extraJavaOptions="
                         "-Djavax.net.ssl.trustStore=..., and the same of the executors")
        for option, name in (("request_timeout", "connection.request.timeout"),
                             ("connect_timeout", "connection.establish.timeout")):
            if option in self.given:
                self.put(name, literal(f"{part.get(option) // 1000}ms"))
        if "retries" in self.given:
            self.put("attempts.maximum", literal(str(part.get("retries"))))
        ignored = [name for name in UNUSED if name in self.given]
        if ignored:
            context.note(f"s3: {', '.join(ignored)}: Spark's client has its own")
