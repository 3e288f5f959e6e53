# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fails when a folder includes what lies above or beside it, or is not in the table, and when a source does not include
# its own header first, which is how that header is known to compile alone.
# usage: cmake -P tests/layering.cmake
cmake_minimum_required(VERSION 3.25)

# Each folder of C++ files, and what the headers it may include start with. "Qt" and "torch" stand for the headers of
# those libraries; all others are free. core/<x> and app/worker are folders of their own, "core" the files directly
# in it; any other folder answers for what is below it.
set(table
    "core/base:         core/base"
    "core/sizes:        core/base core/sizes"
    "core/containers:   core/base core/containers"
    "core/operators:    core/base core/operators"
    "core/model:        core/base core/operators core/model"
    "core/worker:       core/base core/model core/worker"
    "core/formats:      core/base core/sizes core/containers core/model core/worker core/formats"
    "core/playback:     core/base core/operators core/model core/playback"
    "core/families:     core/base core/model core/playback core/families"
    "core/conventions:  core/base core/operators core/model core/conventions"
    "core/quantisation: core/base core/model core/quantisation"
    "core/cost:         core/base core/operators core/model core/formats core/playback core/families core/conventions core/cost"
    "core/memory:       core/base core/operators core/model core/formats core/playback core/families core/conventions core/quantisation core/memory"
    "core/timing:       core/base core/operators core/model core/formats core/playback core/families core/conventions core/timing"
    "core/run:          core/base core/model core/formats core/playback core/families core/conventions core/quantisation core/cost core/memory core/timing core/run"
    "core/exporters:    core/base core/model core/formats core/playback core/families core/conventions core/quantisation core/cost core/memory core/timing core/run core/exporters"
    "core:              core/base core/model core/formats core/playback core/families core/conventions core/quantisation core/cost core/memory core/timing core/run core/exporters core/sunflop.h"
    "core/audit:       core"
    "core/session:     core/base core/model core/conventions core/cost core/session"
    "ui:               core ui Qt"
    "app:              core ui app Qt"
    "app/worker:       app/worker torch"
    "tests:            core ui app tests Qt torch"
)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)
foreach(row IN LISTS table)
    string(REGEX MATCH "^([^:]+): +(.+)$" row "${row}")
    set(folder ${CMAKE_MATCH_1})
    list(APPEND folders ${folder})
    string(REPLACE " " ";" allowed_${folder} ${CMAKE_MATCH_2})
endforeach()

# All of the project's files, but not those of build folders.
file(GLOB tops RELATIVE ${root} ${root}/*)
list(FILTER tops EXCLUDE REGEX "^(\\.|build)")
foreach(top IN LISTS tops)
    file(GLOB_RECURSE found RELATIVE ${root} ${root}/${top}/*.h ${root}/${top}/*.cpp)
    list(APPEND files ${found})
endforeach()
if(NOT files)
    message(FATAL_ERROR "No C++ files in ${root}")
endif()

set(includes 0)
foreach(file IN LISTS files)
    string(REGEX MATCH "^(core/[^/]+|app/worker|[^/]+)/" folder ${file})
    string(REGEX REPLACE "/$" "" folder "${folder}")
    if(NOT folder IN_LIST folders)
        message(SEND_ERROR "${file}: the folder \"${folder}\" is not in the table of tests/layering.cmake")
        continue()
    endif()
    file(READ ${root}/${file} text)
    string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*include[ \t]*[<\"][^>\"\n]+" matches "${text}")
    string(REGEX REPLACE "cpp$" "h" own ${file})
    if(file MATCHES "[.]cpp$" AND own IN_LIST files)
        list(GET matches 0 first)
        if(NOT first MATCHES "\"${own}$")
            message(SEND_ERROR "${file} does not include ${own} first")
        endif()
    endif()
    foreach(match IN LISTS matches)
        string(REGEX MATCH "([<\"])(.+)$" match "${match}")
        set(quote "${CMAKE_MATCH_1}")
        set(header "${CMAKE_MATCH_2}")
        math(EXPR includes "${includes} + 1")
        if(header MATCHES "^(core|ui|app|tests)/")
            set(needs ${header})
        elseif(header MATCHES "^(Q[A-Z]|Qt[A-Za-z0-9]+/|q[a-z0-9]+\\.h$)")
            set(needs Qt)
        elseif(header MATCHES "^(torch|ATen|c10|caffe2)/")
            set(needs torch)
        elseif(quote STREQUAL "\"" AND NOT header MATCHES "^[^/]+\\.moc$")
            message(SEND_ERROR "${file}: \"${header}\" is not written from the root of the repository")
            continue()
        else()
            continue()
        endif()
        set(fits FALSE)
        foreach(prefix IN LISTS allowed_${folder})
            string(FIND "${needs}/" "${prefix}/" position)
            if(position EQUAL 0 AND NOT needs MATCHES "\\.\\.")
                set(fits TRUE)
            endif()
        endforeach()
        if(NOT fits)
            message(SEND_ERROR "${file}: ${folder} may not include \"${header}\"")
        endif()
    endforeach()
endforeach()
message(STATUS "${includes} includes checked")
