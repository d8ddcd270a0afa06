"""Run a program that uses frameworks: `run_framework.py PROGRAM BOXES [MODULE WIRED OURS]`.

With BOXES `1` it may import torchvision. In the addresses that MODULE knows its models by, the
digest WIRED becomes OURS, that of the tiny model that stands for the real one.
"""

import importlib
import runpy
import sys


def main() -> None:
    program, boxes, *swap = sys.argv[1:]
    library = declare_box_operators() if boxes == "1" else None
    if swap:
        module, wired, ours = swap
        addresses = importlib.import_module(module)._MODELS
        addresses |= {name: url.replace(wired, ours) for name, url in addresses.items()}
    runpy.run_path(program, run_name="__main__")
    del library


def declare_box_operators() -> object:
    """Declare what torchvision looks for in torch; holds as long as what is returned.

    Its wheels are built for CUDA. Beside torch's build for CPUs its own operators do not load, and
    its import fails, since it asks for two of them, which sort out boxes in images: nothing that is
    run here calls them.
    """
    import torch  # noqa: PLC0415 - takes a second, and not all programs need it

    if torch.version.cuda is not None:
        return None
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


main()
