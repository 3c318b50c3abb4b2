#pragma once

/// The suites that prove the MUSTs of README.md for every connector. Included by tests only.
#include "connector/sink_conformance.h"
#include "connector/source_conformance.h"
