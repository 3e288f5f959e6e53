# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fails when a program that people run lacks what turns a broken rule into an end.
# usage: cmake -DPROGRAM=<file> -P tests/hardened.cmake
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND readelf --wide --file-header --dynamic --program-headers --dyn-syms ${PROGRAM}
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
foreach(mark
    "Type: +DYN"       # runs at any address
    "GNU_RELRO"        # tables of functions cannot be written ...
    "FLAGS_1.*NOW.*PIE" # ... from the start on
    "__stack_chk_fail" # -fstack-protector-strong
    "glibcxx_assert_fail" # _GLIBCXX_ASSERTIONS
)
    if(NOT text MATCHES "${mark}")
        message(SEND_ERROR "${PROGRAM}: nothing matches \"${mark}\"")
    endif()
endforeach()
