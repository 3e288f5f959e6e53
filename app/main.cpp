// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_line.h"

#include <malloc.h>

int main(int argc, char** argv)
{
    // The memory of one count is that of the next: giving it back to the system between two steps of a
    // slider would take longer than counting.
    constexpr int keptBytes = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, keptBytes);
    mallopt(M_TRIM_THRESHOLD, keptBytes);
    return sunflop::runCommandLine(argc, argv);
}
