#!/bin/sh
# aof_decode_test.sh TEST.py DECODER_CASES AOF_DECODE
exec python3 "$@"
