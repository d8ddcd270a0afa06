"""Ask a voice detector about half a second of silence and of a tone: `listen.py FILE.onnx`."""

import json
import math
import sys

import numpy as np
import onnxruntime

RATE = 16_000
WINDOW = 512


def main() -> None:
    (path,) = sys.argv[1:]
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    silence = [0.0] * (RATE // 2)
    tone = [0.5 * math.sin(2 * math.pi * 220 * sample / RATE) for sample in range(RATE // 2)]
    print(json.dumps([heard(session, sound) for sound in (silence, tone)]))


def heard(session: onnxruntime.InferenceSession, sound: list[float]) -> float:
    """How likely the last window is speech; the network is fed 64 samples of the one before."""
    state = np.zeros((2, 1, 128), dtype=np.float32)
    context, answer = np.zeros(64, dtype=np.float32), 0.0
    for begin in range(0, len(sound) - WINDOW + 1, WINDOW):
        window = np.array(sound[begin : begin + WINDOW], dtype=np.float32)
        fed = {"input": np.concatenate([context, window])[None], "state": state}
        output, state = session.run(None, {**fed, "sr": np.array(RATE, dtype=np.int64)})
        context, answer = window[-64:], float(output[0, 0])
    return answer


main()
