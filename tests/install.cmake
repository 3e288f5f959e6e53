# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the build into an empty folder and runs the program from there.
# usage: cmake -DBUILD=<build folder> -DPREFIX=<folder> -P tests/install.cmake
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PREFIX}/bin/sunflop report ovis2-4b OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(file man/man1/sunflop.1 applications/sunflop.desktop metainfo/sunflop.metainfo.xml
        mime/packages/sunflop-session.xml icons/hicolor/scalable/apps/sunflop.svg
        fonts/sunflop/sunflop_sans_regular.otf)
    if(NOT EXISTS ${PREFIX}/share/${file})
        message(FATAL_ERROR "share/${file} was not installed")
    endif()
endforeach()
if(EXISTS ${BUILD}/app/sunflop-torch)
    file(GLOB_RECURSE workers ${PREFIX}/lib*/sunflop-torch)
    if(NOT workers)
        message(FATAL_ERROR "sunflop-torch was not installed")
    endif()
endif()
