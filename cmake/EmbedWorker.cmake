# The Python program that calls a pipeline's Python functions (src/sql/udf/worker.py) as a source of the library
# sluice_sql_udf, which src/sql/udf/worker_program.h declares.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(worker_source ${SLUICE_GENERATED_DIR}/worker_program_content.cc)
set(worker_input ${PROJECT_SOURCE_DIR}/src/sql/udf/worker.py)
add_custom_command(OUTPUT ${worker_source}
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/embed_worker.py ${worker_input} ${worker_source}
  DEPENDS ${worker_input} ${PROJECT_SOURCE_DIR}/cmake/embed_worker.py
  COMMENT "Embedding the worker of Python functions" VERBATIM)
target_sources(sluice_sql_udf PRIVATE ${worker_source})
