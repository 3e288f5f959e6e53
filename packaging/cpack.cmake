# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `cpack` packs: a Debian package of what `cmake --install` installs.
install(FILES packaging/sunflop.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/sunflop.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES packaging/sunflop.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
install(FILES packaging/sunflop-session.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages)
install(FILES resources/icons/sunflop.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
# SVG figures name these fonts; where fontconfig finds them, they look as they do in PNG and PDF.
file(GLOB fonts CONFIGURE_DEPENDS resources/fonts/*.otf resources/fonts/*.ttf)
install(FILES ${fonts} DESTINATION ${CMAKE_INSTALL_DATADIR}/fonts/sunflop)
install(FILES resources/fonts/OFL.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_PACKAGE_VENDOR "The Sunflop authors")
set(CPACK_PACKAGE_CONTACT "The Sunflop authors")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "explorer of what neural networks cost
Parameters, MACs and FLOPs of a model, module by module, from its
configuration file alone: no Python, no network, no GPU, no weights.")
include(CPack)
