#pragma once

#include "connector/address.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

/// `cassandra://user:password@host:9042/keyspace/table` as options of a source or sink.
connector::AddressForm address_form();

}  // namespace sluice::connectors::cassandra
