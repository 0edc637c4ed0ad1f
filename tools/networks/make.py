"""Writes tests/golden/data/networks/: each network of nets.py with its float64 references.

    python3 tools/networks/make.py [name …]

Needs PyTorch 1.13, NumPy and onnx. Weights come from the filler of tests/support/golden.cpp (splitmix64's finaliser of
seed and position), so that the files of larger ones hold their sizes only; each layer's scale is set, in the order in
which layers run, so that its output has unit standard deviation. A network's seed is the first with which an input that
is off by 1e-6 moves no reference by more than a fifth of the tolerance: rectifiers and pools of others stand too near
to a kink for any comparison in float32.
"""

import json
import pathlib
import shutil
import sys

import nets
import numpy as np
import onnx
import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/data/networks"
OPSETS = {"unet": 11, "attention": 17, "gates": 14, "signal": 9}
DEFAULT_OPSET = 13
TOLERANCE = 1e-4
KEPT_VALUES = 256  # initializers up to this size keep their numbers


def filled(shape, seed, scale, shift):
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.arange(count, dtype=np.uint64)
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        z *= np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float64) / 8388608.0 - 1.0
    return (np.float64(shift) + np.float64(scale) * u).astype(np.float32).reshape(shape)


def single(value):
    return float(np.float32(value))


class Filler:
    """Fills a network's parameters and remembers with what."""

    def __init__(self, net, seed):
        self.seed, self.entries = seed, {}
        names = [name for name, _ in net.named_parameters()] + [name for name, _ in net.named_buffers()]
        self.seeds = {name: seed * 1000 + i for i, name in enumerate(names)}
        for name, tensor in list(net.named_parameters()) + list(net.named_buffers()):
            if not tensor.is_floating_point():
                continue
            leaf = name.split(".")[-1]
            norm = tensor.dim() == 1 and leaf in ("weight", "running_var")
            self.set(name, tensor, scale=0.3 if norm else 0.2, shift=1.0 if norm else 0.0)

    def set(self, name, tensor, scale, shift=0.0):
        entry = {"name": name, "dims": list(tensor.shape), "seed": self.seeds[name], "scale": single(scale),
                 "shift": single(shift)}
        self.entries[name] = entry
        with torch.no_grad():
            values = filled(entry["dims"], entry["seed"], entry["scale"], entry["shift"])
            tensor.copy_(torch.from_numpy(values).to(tensor.dtype))

    def calibrate(self, net, inputs):
        """Unit standard deviation behind each layer with a weight of two axes or more; 3 at the logits."""
        layers = {module: name for name, module in net.named_modules() if getattr(module, "weight", None) is not None
                  and module.weight.dim() > 1}
        seen, order = set(), []

        def hook(module, arguments, output):
            if module in seen:
                return None
            seen.add(module)
            order.append(module)
            name = layers[module] + ".weight"
            entry = self.entries[name]
            scale = entry["scale"] / max(float((output - (module.bias.view([1, -1] + [1] * (output.dim() - 2))
                                                           if module.bias is not None and output.dim() != 3
                                                           else 0)).std()), 1e-6)
            self.set(name, module.weight, scale)
            return module.forward(*arguments)

        handles = [module.register_forward_hook(hook) for module in layers]
        with torch.no_grad():
            net(*inputs)
        for handle in handles:
            handle.remove()


def first_output(net, inputs):
    outputs = net(*inputs)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def gradients(net, inputs, k, rule, output=0):
    """d output[k] / d each input."""
    nets.RULE = rule
    inputs = [x.clone().requires_grad_() for x in inputs]
    y = first_output(net, inputs)[output]
    found = torch.autograd.grad(y[0, k], inputs, allow_unused=True)
    nets.RULE = "exact"
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs)]


def references(name, net, inputs, k):
    """By name: (array, what it is: the tensor y, the input x and the rule)."""
    kind = nets.NETWORKS[name]
    outputs = getattr(kind, "outputs", ("logits",))
    feeds = list(getattr(kind, "feeds", {}))
    with torch.no_grad():
        values = first_output(net, inputs)
    result = {}
    for i, output in enumerate(outputs):
        result[output] = values[i], {"y": output}
        suffix = "" if i == 0 else "_" + output
        target = k if i == 0 else int(values[i][0].argmax())
        maps = gradients(net, inputs, target, "exact", i)
        result["gradient" + suffix] = maps[0], {"y": output, "x": "input", "rule": "exact", "k": target}
        if i == 0:
            for j, feed in enumerate(feeds):
                result["gradient_" + feed] = maps[j + 1], {"y": output, "x": feed, "rule": "exact", "k": target}
    if name in nets.WITH_RULES:
        for rule in ("guided", "deconvnet"):
            result[rule] = gradients(net, inputs, k, rule)[0], {"y": outputs[0], "x": "input", "rule": rule, "k": k}
    return {key: (value.detach().numpy(), what) for key, (value, what) in result.items()}


def deviation(a, b):
    return max(float(np.abs(a[key][0] - b[key][0]).max() / np.abs(a[key][0]).max()) for key in a)


def make(name, seed):
    torch.manual_seed(0)
    kind = nets.NETWORKS[name]
    net = kind().double().eval()
    names = ["input", *getattr(kind, "feeds", {})]
    shapes = [kind.shape, *getattr(kind, "feeds", {}).values()]
    arrays = [filled(shape, seed * 1000 + 900 + i, 1.5, 0.0) for i, shape in enumerate(shapes)]
    inputs = [torch.from_numpy(array).double() for array in arrays]
    filler = Filler(net, seed)
    filler.calibrate(net, inputs)
    with torch.no_grad():
        k = int(first_output(net, inputs)[0][0].argmax())
    expected = references(name, net, inputs, k)
    jitter = [x * (1 + 1e-6 * torch.from_numpy(filled(x.shape, seed + 7, 1.0, 0.0)).double()) for x in inputs]
    moved = deviation(expected, references(name, net, jitter, k))
    return net, filler, names, arrays, inputs, k, expected, moved


def export(name, net, names, inputs, filler, folder):
    kind = nets.NETWORKS[name]
    outputs = list(getattr(kind, "outputs", ("logits",)))
    path = folder / "model.onnx"
    dynamic = getattr(kind, "dynamic", None)
    torch.onnx.export(net.float(), tuple(x.float() for x in inputs), str(path), input_names=names,
                      output_names=outputs, opset_version=OPSETS.get(name, DEFAULT_OPSET),
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      dynamic_axes={"input": dynamic} if dynamic else None)
    model = onnx.load(str(path))
    stripped = []
    for tensor in model.graph.initializer:
        if int(np.prod(tensor.dims)) <= KEPT_VALUES:
            continue
        entry = filler.entries.get(tensor.name)
        if entry is None or entry["dims"] != list(tensor.dims):
            print(f"  {tensor.name} {list(tensor.dims)} keeps its numbers")
            continue
        tensor.ClearField("raw_data")
        stripped.append(entry)
    for node in model.graph.node:
        node.doc_string = ""
    onnx.save(model, str(path))
    return stripped


def write(name):
    seed = 1 + 100 * list(nets.NETWORKS).index(name)
    while True:
        net, filler, names, arrays, inputs, k, expected, moved = make(name, seed)
        if moved <= TOLERANCE / 5:
            break
        seed += 1
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for input_name, array in zip(names, arrays):
        np.save(folder / f"{input_name}.npy", array)
    outputs = {}
    for key, (array, what) in expected.items():
        np.save(folder / f"{key}.npy", np.ascontiguousarray(array, dtype=np.float32))
        largest = float(np.abs(array).max())
        outputs[key] = {"file": f"{key}.npy", **what, "max_abs": largest, "rel_tol": TOLERANCE,
                        "abs_tol": TOLERANCE * largest}
    stripped = export(name, net, names, inputs, filler, folder)
    kind = nets.NETWORKS[name]
    meta = {
        "architecture": name,
        "description": " ".join(kind.__doc__.split()),
        "source": f"PyTorch {torch.__version__.split('a')[0]} autograd in float64 on the float32 parameters",
        "seed": seed,
        "opset": OPSETS.get(name, DEFAULT_OPSET),
        "inputs": [{"name": n, "file": f"{n}.npy", "shape": list(a.shape)} for n, a in zip(names, arrays)],
        "k": k,
        "parameters": sum(p.numel() for p in net.parameters()),
        "input_jitter_1e6_rel_dev": moved,
        "outputs": outputs,
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
    (folder / "weights.json").write_text(json.dumps(stripped, indent=1) + "\n")
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: seed {seed}, {meta['parameters']} parameters, jitter {moved:.1e}, {size // 1024} kB")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or nets.NETWORKS:
        write(chosen)
