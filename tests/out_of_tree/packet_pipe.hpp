// What a user's own backend shows to the main that pushes it into the table.
#pragma once

#include "backends/transport.hpp"

ipcmark::BackendEntry packet_pipe_backend();
