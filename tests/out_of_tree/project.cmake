# A user's own project: backend, scenario and main outside of ipcmark's repository.
cmake_minimum_required(VERSION 3.25)
project(my_ipcmark LANGUAGES CXX)
find_package(ipcmark REQUIRED COMPONENTS conformance)
include_directories(${CMAKE_SOURCE_DIR})

add_executable(my_ipcmark tests/out_of_tree/main.cpp tests/out_of_tree/packet_pipe.cpp
               tests/out_of_tree/sum_scenario.cpp)
target_link_libraries(my_ipcmark PRIVATE ipcmark::command)

add_executable(my_conformance tests/out_of_tree/conformance_main.cpp
               tests/out_of_tree/packet_pipe.cpp)
target_link_libraries(my_conformance PRIVATE ipcmark::conformance)
