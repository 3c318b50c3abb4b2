// Nothing: what is compiled here is the list of headers in cmake/Layers.cmake.
