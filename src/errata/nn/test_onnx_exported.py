"""Networks as PyTorch exports them, for the tests of ONNX: written to the current folder as NAME.pt (TorchScript) and
NAME-OPSET[-fixed].onnx, with images.bin, and apart.onnx with its normalisations kept apart."""

import warnings

import torch
from torch import nn

warnings.filterwarnings('ignore')


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.conv2, self.norm2 = nn.Conv2d(8, 12, 3, stride=2), nn.BatchNorm2d(12)
        self.head = nn.Linear(12, 10)
    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.norm1(self.conv1(x))), 2)
        return self.head(torch.relu(self.norm2(self.conv2(x))).mean((2, 3)))

class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        y = self.relu(self.norm1(self.conv1(x)))
        return self.relu(self.norm2(self.conv2(y)) + x)

class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.layer1 = nn.Sequential(Residual(16), Residual(16))
        self.down = nn.Conv2d(16, 24, 2, stride=2)
        self.layer2 = nn.Sequential(Residual(24))
        self.head = nn.Linear(24, 10)
    def forward(self, x):
        return self.head(self.layer2(self.down(self.layer1(self.stem(x)))).mean((2, 3)))

class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(768, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))

class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)
    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = torch.softmax(q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5, -1)
        return self.out((a @ v).transpose(1, 2).reshape(n, t, d))

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(width), Attention(width, 4), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))

class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 32, 4, stride=4)
        self.token, self.place = nn.Parameter(torch.randn(1, 1, 32)), nn.Parameter(torch.randn(1, 17, 32))
        self.blocks, self.norm, self.head = nn.ModuleList([Block(32), Block(32)]), nn.LayerNorm(32), nn.Linear(32, 10)
    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])

class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(48, 32)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 2)
        self.head = nn.Linear(32, 10)
    def forward(self, x):
        return self.head(self.encoder(self.embed(x.reshape(x.shape[0], 16, 48))).mean(1))

class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.Hardswish()),
            nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False), nn.BatchNorm2d(16), nn.ReLU6(),
                          nn.Conv2d(16, 24, 1, bias=False), nn.BatchNorm2d(24)))
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(24, 24, 1), nn.SiLU())
        self.head = nn.Linear(24, 10)
    def forward(self, x):
        x = self.features(x)
        return self.head((x * torch.sigmoid(self.squeeze(x))).mean((2, 3)))

def settled(model):
    """Normalisation with statistics of its own, as after training."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.5); module.running_var.uniform_(0.5, 2)
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5); module.bias.normal_(0, 0.3)
    return model.eval()


def write_exported():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.randn(5, 3, 16, 16)
    x.numpy().tofile('images.bin')
    makers = {'cnn': Cnn, 'resnet': ResNet, 'mlp': Mlp, 'vit': Vit, 'transformer': Transformer, 'mobile': Mobile}
    for name, make in makers.items():
        model = settled(make())
        torch.jit.trace(model, x, check_trace=False).save(name + '.pt')
        for opset in (11, 13, 17):
            for fixed in (False, True):
                dynamic = None if fixed else {'images': {0: 'n'}, 'logits': {0: 'n'}}
                torch.onnx.export(model, x[:3], f'{name}-{opset}{"-fixed" if fixed else ""}.onnx', opset_version=opset,
                                  input_names=['images'], output_names=['logits'], dynamic_axes=dynamic)
    torch.onnx.export(settled(Cnn()), x[:3], 'apart.onnx', opset_version=17, training=torch.onnx.TrainingMode.PRESERVE)


if __name__ == '__main__':
    write_exported()
