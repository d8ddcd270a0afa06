"""Make tiny models in the formats of several frameworks, in the current folder.

Prints as JSON what the frameworks have wired in of the real ones: addresses and names.
"""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import clip
import gguf
import numpy as np
import open_clip
import timm
import tokenizers
import torch
import torchvision
import whisper
from ctranslate2.converters import TransformersConverter
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from faster_whisper import tokenizer as faster_tokenizer
from faster_whisper import utils as faster_utils
from safetensors.torch import save_file
from transformers import WhisperConfig, WhisperForConditionalGeneration

DATA = Path(__file__).parents[2] / "data" / "tiny-models"
WHISPER_VOCABULARY = 51_865


def main() -> None:
    torch.manual_seed(0)
    whisper_checkpoint("base.pt")
    clip_checkpoint("ViT-B-32.pt")
    torch.save(torchvision.models.resnet18().state_dict(), "resnet18-f37072fd.pth")
    torch.save({"weight": torch.ones(3)}, "weights.pth")
    diffusers_repository("diffusers")
    timm_repository("timm")
    open_clip_repository("open_clip")
    faster_whisper_repository("faster-whisper")
    llama("llama.gguf")
    piper_voice("voice.onnx")
    # One operation that flattens an image of 4 x 4 pixels.
    shutil.copyfile(DATA / "embedder.tflite", "mobilenet_v3_small.tflite")
    print(json.dumps(wired()))


def wired() -> dict[str, str]:
    return {
        "whisper": whisper._MODELS["base"],
        "clip": clip.clip._MODELS["ViT-B/32"],
        "torchvision": torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url,
        "timm": timm.get_pretrained_cfg("test_vit.r160_in1k").hf_hub_id,
        "faster-whisper": faster_utils._MODELS["tiny"],
    }


def whisper_checkpoint(path: str) -> None:
    """As many layers and heads in the decoder as `base` has, which has a table of them."""
    dimensions = whisper.ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=16,
        n_audio_head=8,
        n_audio_layer=1,
        n_vocab=WHISPER_VOCABULARY,
        n_text_ctx=448,
        n_text_state=16,
        n_text_head=8,
        n_text_layer=6,
    )
    weights = whisper.Whisper(dimensions).state_dict()
    torch.save({"dims": asdict(dimensions), "model_state_dict": weights}, path)


def clip_checkpoint(path: str) -> None:
    """A TorchScript archive, as OpenAI published them."""
    model = clip.model.CLIP(
        embed_dim=8,
        image_resolution=32,
        vision_layers=1,
        vision_width=64,
        vision_patch_size=16,
        context_length=77,
        vocab_size=49_408,
        transformer_width=64,
        transformer_heads=1,
        transformer_layers=1,
    ).eval()
    example = (torch.zeros(1, 3, 32, 32), clip.tokenize(["a photo"]))
    torch.jit.trace(model, example).save(path)


def diffusers_repository(folder: str) -> None:
    unet = UNet2DModel(
        sample_size=8,
        layers_per_block=1,
        block_out_channels=(8, 8),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    DDPMPipeline(unet, DDPMScheduler()).save_pretrained(folder)


def timm_repository(folder: str) -> None:
    os.mkdir(folder)
    model = timm.create_model("test_vit", pretrained=False)
    save_file(model.state_dict(), f"{folder}/model.safetensors")
    write_json(f"{folder}/config.json", {"architecture": "test_vit", "num_classes": 1000})


def open_clip_repository(folder: str) -> None:
    os.mkdir(folder)
    towers = {
        "embed_dim": 8,
        "vision_cfg": {"image_size": 32, "patch_size": 16, "layers": 1, "width": 64},
        "text_cfg": {"vocab_size": 49_408, "heads": 1, "layers": 1, "width": 64},
    }
    model = open_clip.model.CLIP(**towers)
    save_file(model.state_dict(), f"{folder}/open_clip_model.safetensors")
    images = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    config = {"model_cfg": towers, "preprocess_cfg": images}
    write_json(f"{folder}/open_clip_config.json", config)


def faster_whisper_repository(folder: str) -> None:
    sizes = {
        f"{part}_{what}": size
        for part in ("encoder", "decoder")
        for what, size in (("layers", 1), ("attention_heads", 1), ("ffn_dim", 16))
    }
    config = WhisperConfig(vocab_size=WHISPER_VOCABULARY, num_mel_bins=80, d_model=16, **sizes)
    WhisperForConditionalGeneration(config).save_pretrained("unconverted")
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({"<|unk|>": 0}, unk_token="<|unk|>")  # noqa: S106
    )
    tokenizer.add_special_tokens(
        [
            "<|endoftext|>",
            "<|startoftranscript|>",
            *(f"<|{language}|>" for language in faster_tokenizer._LANGUAGE_CODES),
            *(f"<|{task}|>" for task in ("translate", "transcribe", "startoflm", "startofprev")),
            *(f"<|{mark}|>" for mark in ("nospeech", "notimestamps")),
        ]
    )
    tokenizer.save("unconverted/tokenizer.json")
    TransformersConverter("unconverted", copy_files=["tokenizer.json"]).convert(folder)


def llama(path: str) -> None:
    """One layer, a token for each byte, and no way to end before it is told to."""
    width, forward, heads = 32, 64, 2
    control = [b"<unk>", b"<s>", b"</s>"]
    tokens = [*control, *(f"<0x{byte:02X}>".encode() for byte in range(256)), "▁".encode()]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([2, 3, 3, *[6] * 256, 1])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    shapes = {
        "token_embd": (len(tokens), width),
        "output": (len(tokens), width),
        "output_norm": (width,),
        "blk.0.attn_norm": (width,),
        "blk.0.ffn_norm": (width,),
        **{f"blk.0.attn_{name}": (width, width) for name in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (forward, width),
        "blk.0.ffn_up": (forward, width),
        "blk.0.ffn_down": (width, forward),
    }
    weights = {name: np.ones(shape, dtype=np.float32) for name, shape in shapes.items()}
    # All other tokens are equally likely, whatever came before.
    weights["output"][: len(control)] = -1
    for name, weight in weights.items():
        writer.add_tensor(f"{name}.weight", weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def piper_voice(path: str) -> None:
    """One sample of sound for each phoneme."""
    shutil.copyfile(DATA / "voice.onnx", path)
    config = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "h": [4], "ə": [5], "l": [6], "o": [7]},
        "speaker_id_map": {},
    }
    write_json(f"{path}.json", config)


def write_json(path: str, content: object) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)


main()
