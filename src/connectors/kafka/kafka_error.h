#pragma once

#include <string>

#include <librdkafka/rdkafka.h>

#include "sluice/base/error.h"

namespace sluice::connectors::kafka {

/// What the caller does about librdkafka's `code`. The only place that sorts them.
Kind kind_of(rd_kafka_resp_err_t code);

/// "<what failed>: <librdkafka's text> (<name of the code>)", of kind_of(code).
Error kafka_error(rd_kafka_resp_err_t code, const std::string& what);

/// As above with the details that librdkafka gave (its text alone when `details` is empty).
Error kafka_error(rd_kafka_resp_err_t code, const std::string& what, const std::string& details);

/// The broker refused who we are, or what we may do: no retry will help.
bool is_refused_login(rd_kafka_resp_err_t code);

/// Of those: it knows who we are, and we lack a permission.
bool is_not_permitted(rd_kafka_resp_err_t code);

/// The topic or partition is not there, or is another one of the same name.
bool is_missing_topic(rd_kafka_resp_err_t code);

/// The records at the wanted offset are not there any more, or not yet.
bool is_lost_offset(rd_kafka_resp_err_t code);

}  // namespace sluice::connectors::kafka
