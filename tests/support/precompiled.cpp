// SPDX-License-Identifier: GPL-3.0-or-later
// Holds nothing: it is there for the headers that tests read precompiled.
