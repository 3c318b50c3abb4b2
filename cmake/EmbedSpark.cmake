# The Python package of the Spark engine (spark/sluice_spark) as a zip archive in a source of the library
# sluice_app_spark, which src/app/spark/spark_package.h declares.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(spark_source ${SLUICE_GENERATED_DIR}/spark_package_content.cc)
file(GLOB_RECURSE spark_inputs CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/spark/sluice_spark/*.py ${PROJECT_SOURCE_DIR}/spark/sluice_spark/*.txt)
add_custom_command(OUTPUT ${spark_source}
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/embed_spark.py ${PROJECT_SOURCE_DIR}/spark ${spark_source}
  DEPENDS ${spark_inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_spark.py
  COMMENT "Embedding the Spark engine" VERBATIM)
target_sources(sluice_app_spark PRIVATE ${spark_source})
