"""A small pair of CLIP's form as PyTorch exports it, for the tests of pairs: image.onnx and text.onnx as
docs/methods/relevance-encoders.md does it, patches.onnx with a vector for each patch, apart.pt with the methods
encode_image and encode_text, at_once.pt with forward(image, text) alone; images.bin, tokens.bin and, as the model
itself gives them, cosines.bin [images] and patches.bin [images, patches]."""

import warnings

import torch
from torch import nn

warnings.filterwarnings('ignore')

SIDE, PATCH, WIDTH, SPACE, LENGTH, TOKENS = 32, 8, 24, 16, 12, 40


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
    def forward(self, x, mask):
        q, k, v = self.qkv(x).chunk(3, -1)
        a = torch.softmax(q @ k.transpose(-2, -1) / WIDTH ** 0.5 + mask, -1)
        return self.out(a @ v)

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(WIDTH), Attention(), nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
    def forward(self, x, mask):
        x = x + self.attention(self.norm1(x), mask)
        return x + self.mlp(self.norm2(x))

class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        patches = (SIDE // PATCH) ** 2
        self.patch = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.token, self.place = nn.Parameter(torch.randn(WIDTH)), nn.Parameter(torch.randn(patches + 1, WIDTH))
        self.seeing, self.seen = Block(), nn.Parameter(torch.randn(WIDTH, SPACE))
        self.words, self.order = nn.Embedding(TOKENS, WIDTH), nn.Parameter(torch.randn(LENGTH, WIDTH))
        self.reading, self.meant = Block(), nn.Parameter(torch.randn(WIDTH, SPACE))
        self.logit_scale = nn.Parameter(torch.tensor(4.6052))
        self.register_buffer('mask', torch.full((LENGTH, LENGTH), -1e4).triu_(1))
        self.register_buffer('input_resolution', torch.tensor(SIDE))
        self.register_buffer('context_length', torch.tensor(LENGTH))
    def encode_patches(self, pixels):
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], 1, WIDTH), x], 1) + self.place
        return self.seeing(x, torch.zeros(1)) @ self.seen
    def encode_image(self, pixels):
        return self.encode_patches(pixels)[:, 0]
    def encode_text(self, tokens):
        x = self.reading(self.words(tokens) + self.order, self.mask)
        return x[torch.arange(x.shape[0]), tokens.argmax(-1)] @ self.meant
    def forward(self, pixels, tokens):
        a, b = self.encode_image(pixels), self.encode_text(tokens)
        a, b = a / a.norm(dim=-1, keepdim=True), b / b.norm(dim=-1, keepdim=True)
        logits = self.logit_scale.exp() * a @ b.t()
        return logits, logits.t()

class Images(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
    def forward(self, pixels):
        return self.model.encode_image(pixels)

class Texts(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
    def forward(self, tokens):
        return self.model.encode_text(tokens)

class Patches(Images):
    def forward(self, pixels):
        return self.model.encode_patches(pixels)


def write_exported():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = Clip()
    model = model.float().eval()
    torch.onnx.export(Images(model), torch.zeros(1, 3, SIDE, SIDE), "image.onnx", input_names=["pixel_values"],
                      output_names=["image_embeds"], dynamic_axes={"pixel_values": {0: "n"}, "image_embeds": {0: "n"}},
                      opset_version=14)
    torch.onnx.export(Texts(model), torch.zeros(1, LENGTH, dtype=torch.long), "text.onnx", input_names=["input_ids"],
                      output_names=["text_embeds"], dynamic_axes={"input_ids": {0: "n"}, "text_embeds": {0: "n"}},
                      opset_version=14)
    torch.onnx.export(Patches(model), torch.zeros(1, 3, SIDE, SIDE), "patches.onnx", input_names=["pixel_values"],
                      output_names=["patches"], dynamic_axes={"pixel_values": {0: "n"}, "patches": {0: "n"}},
                      opset_version=14)
    pixels, tokens = torch.randn(3, 3, SIDE, SIDE), torch.tensor([[38, 3, 17, 5, 39] + [0] * (LENGTH - 5)])
    torch.jit.trace_module(model, {'encode_image': pixels, 'encode_text': tokens}).save('apart.pt')
    torch.jit.trace(model, (pixels, tokens)).save('at_once.pt')
    pixels.numpy().tofile('images.bin')
    tokens.numpy().tofile('tokens.bin')
    with torch.no_grad():
        text = model.encode_text(tokens)
        torch.cosine_similarity(model.encode_image(pixels), text, -1).numpy().tofile('cosines.bin')
        torch.cosine_similarity(model.encode_patches(pixels)[:, 1:], text, -1).numpy().tofile('patches.bin')


if __name__ == '__main__':
    write_exported()
