// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_line.h"
#include "app/process.h"

int main(int argc, char** argv)
{
    sunflop::prepareProcess();
    return sunflop::runCommandLine(argc, argv);
}
