#!/bin/sh
# store_command_test.sh TEST.py TIDEMARK EVENT_LOG
exec python3 "$@"
