#include "sql/spark_functions.h"

namespace sluice::sql {

Status define_spark_functions(Session& session) {
  static_cast<void>(session);
  return {};
}

}  // namespace sluice::sql
