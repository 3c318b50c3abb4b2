"""Object stores: s3: and mounts: as settings of Hadoop's s3a."""

import re

from ..code import literal

PROVIDERS = "org.apache.hadoop.fs.s3a."
ANONYMOUS = PROVIDERS + "AnonymousAWSCredentialsProvider"
TEMPORARY = PROVIDERS + "TemporaryAWSCredentialsProvider"
PROFILE = "software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider"


def add_stores(context, part, name="path"):
    """Whether the part's path is in a store; then the session gets what it needs."""
    return add_store(context, str(part.get(name, "")), part.written.get(name, ""))


def add_store(context, path, written=""):
    found = re.match(r"([A-Za-z][\w+.-]*)://([^/]*)", path)
    if not found:
        return False
    scheme = found[1]
    if scheme in context.plan.mounts:
        mount = context.plan.mounts[scheme]
        bucket = mount.written.get("bucket") or mount.options["bucket"]
        name = mount.options["bucket"] if "${" in bucket else bucket
        if context.plan.s3:
            add_settings(context, context.plan.s3, "spark.hadoop.fs.s3a.", "S3")
        add_settings(context, mount, f"spark.hadoop.fs.s3a.bucket.{name}.", scheme.upper())
        context.needs.package("s3")
        return True
    if scheme != "s3":
        return False
    if context.plan.s3:
        add_settings(context, context.plan.s3, "spark.hadoop.fs.s3a.", "S3")
    context.needs.package("s3")
    return True


def add_settings(context, part, prefix, owner):
    """The options of s3: or of a mount, by s3a's names."""
    conf = context.needs.conf

    def put(option, name, expression=None):
        if option in part.given:
            conf[prefix + name] = expression or context.values.text(part, option, owner)

    put("endpoint", "endpoint")
    put("region", "endpoint.region")
    put("access_key", "access.key")
    put("secret_key", "secret.key")
    put("session_token", "session.token")
    if part.get("session_token"):
        conf[prefix + "aws.credentials.provider"] = literal(TEMPORARY)
    if part.get("anonymous"):
        conf[prefix + "aws.credentials.provider"] = literal(ANONYMOUS)
    if part.get("profile"):
        conf[prefix + "aws.credentials.provider"] = literal(PROFILE)
        context.note("s3: the profile is the one that AWS_PROFILE names, on every machine of the cluster")
    if part.get("ca_file"):
        context.note("s3: ca_file: the machines' Java must trust the authority (javax.net.ssl.trustStore)")
    path_style = part.get("path_style", bool(part.get("endpoint")))
    if path_style:
        conf[prefix + "path.style.access"] = '"true"'
    for option, name in (("request_timeout", "connection.request.timeout"), ("connect_timeout", "connection.establish.timeout")):
        if option in part.given:
            conf[prefix + name] = literal(f"{part.get(option) // 1000}ms")
    put("retries", "attempts.maximum")
