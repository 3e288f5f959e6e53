#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes seeds for the fuzz targets of readers: of archives the members, without the weights; see bundle.h.

usage: seeds.py FILES FOLDER            FILES is tests/programs/files
"""

import json
import pathlib
import struct
import sys
import zipfile

LARGEST = 24 * 1024
MARK = b"\n@@"


def bundle(path):
    """Members that readers look into; of an export's weights only the first bytes."""
    with zipfile.ZipFile(path) as archive:
        root = path.stem + "/" if not path.stem.endswith("_flat") else ""
        parts = []
        for name in archive.namelist():
            inner = name.removeprefix(root)
            if "sample_inputs" in inner or inner.endswith((".debug_pkl", "serialization_id")):
                continue
            contents = archive.read(name)
            if "data/weights/weight" in inner:
                contents = contents[:4]
            parts.append(MARK + inner.encode() + b"\n" + slim(inner, contents))
    return b"".join(parts)


def slim(name, contents):
    """Without what is the same at every tensor: mutations are for the rest."""
    if not name.endswith(".json"):
        return contents

    def without(value):
        if isinstance(value, list):
            return [without(item) for item in value]
        if not isinstance(value, dict):
            return value
        dull = {"device", "layout", "requires_grad", "storage_offset", "verifiers", "opset_version"}
        return {key: without(item) for key, item in value.items() if key not in dull}

    return json.dumps(without(json.loads(contents)), separators=(",", ":")).encode()


def gguf():
    """A little-endian file of version 3: a few keys of every type, two tensors."""
    def text(value):
        return struct.pack("<Q", len(value)) + value

    keys = [(b"general.architecture", 8, text(b"llama")), (b"general.alignment", 4, struct.pack("<I", 32)),
            (b"llama.block_count", 4, struct.pack("<I", 1)), (b"llama.embedding_length", 4, struct.pack("<I", 32)),
            (b"llama.attention.head_count", 4, struct.pack("<I", 2)), (b"llama.feed_forward_length", 4, struct.pack("<I", 64)),
            (b"llama.rope.freq_base", 6, struct.pack("<f", 1e4)), (b"a.flag", 7, b"\1"), (b"a.large", 10, struct.pack("<Q", 7)),
            (b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 2) + text(b"a") + text(b"b")),
            (b"a.scores", 9, struct.pack("<IQff", 6, 2, 0, 1))]
    tensors = [(b"token_embd.weight", [32, 2], 0, 0), (b"blk.0.attn_q.weight", [32, 32], 8, 256)]
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    out += b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in keys)
    for name, shape, kind, offset in tensors:
        out += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    return out + bytes(-len(out) % 32) + bytes(256 + 32 * 34)


def write(folder, name, contents):
    if len(contents) <= LARGEST:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(contents)


def main():
    files, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for path in sorted(files.iterdir()):
        if zipfile.is_zipfile(path):
            kind = "exported" if path.suffix == ".pt2" else \
                "torchscript" if path.stem.endswith(("_script", "_trace")) else "torchsave"
            write(out / kind, path.name, bundle(path))
            write(out / "archive", path.name, path.read_bytes())
            if kind != "exported":
                with zipfile.ZipFile(path) as archive:
                    pickle = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
                    if pickle:  # PyTorch 1.0 to 1.3 had none
                        write(out / "pickle", path.name, archive.read(pickle))
        elif path.name.endswith(("_legacy.pt", ".bin")):
            write(out / "torchsave", path.name, path.read_bytes())
            write(out / "pickle", path.name, path.read_bytes())
        elif path.suffix == ".safetensors":
            contents = path.read_bytes()
            length = struct.unpack("<Q", contents[:8])[0]
            write(out / "safetensors", path.name, contents[8:8 + length])
            write(out / "safetensors", path.name + "-whole", contents)
        elif path.name.endswith(".index.json"):
            write(out / "index", path.name, path.read_bytes())
    write(out / "gguf", "llama", gguf())


if __name__ == "__main__":
    main()
