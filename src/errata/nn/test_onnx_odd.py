"""Small ONNX graphs that are unusual or that must be refused, for the tests: written to the current folder. Most give
logits = images flattened × weights, weights[i, j] = i % 3 − j."""

import os

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = numpy.array([[i % 3 - j for j in range(2)] for i in range(48)], numpy.float32)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs, outputs, weights=WEIGHTS, functions=(), domains=(), producer='', **more):
    tensors = [numpy_helper.from_array(weights, 'weights')] + [numpy_helper.from_array(v, k) for k, v in more.items()]
    graph = helper.make_graph(nodes, 'graph', inputs, outputs, tensors)
    opsets = [helper.make_opsetid('', 15)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=8, producer_name=producer)
    onnx.save(model, name + '.onnx')
    return model


def flat(images='images', to='flat'):
    return helper.make_node('Flatten', [images], [to], axis=1, name='/flat/Flatten')


def product(values='flat', to='logits'):
    return helper.make_node('MatMul', [values, 'weights'], [to], name='/head/MatMul')


IMAGES, LOGITS = value('images', ['n', 3, 4, 4]), value('logits', ['n', 2])

save('plain', [flat(), product()], [IMAGES], [LOGITS])
save('like_another_format', [flat(), product()], [IMAGES], [LOGITS], producer='ORTM')  # the mark of ONNX Runtime's own
save('half', [flat(), product()], [value('images', ['n', 3, 4, 4], TensorProto.FLOAT16)],
     [value('logits', ['n', 2], TensorProto.FLOAT16)], WEIGHTS.astype(numpy.float16))
save('double', [flat(), product()], [value('images', ['n', 3, 4, 4], TensorProto.DOUBLE)],
     [value('logits', ['n', 2], TensorProto.DOUBLE)], WEIGHTS.astype(numpy.float64))
save('pixels_last', [helper.make_node('Transpose', ['images'], ['planes'], perm=[0, 3, 1, 2]), flat('planes'), product()],
     [value('images', ['n', 4, 4, 3])], [LOGITS])
save('vectors', [product('images')], [value('images', ['n', 48])], [LOGITS])
save('any_rank', [flat(), product()], [value('images', None)], [value('logits', None)])
save('with_value', [flat(), product()], [IMAGES, value('weights', [48, 2])], [LOGITS])
save('several_outputs', [flat(), product(), helper.make_node('ArgMax', ['logits'], ['label'], axis=1, keepdims=0)],
     [IMAGES], [value('label', ['n'], TensorProto.INT64), LOGITS, value('flat', ['n', 48])])
save('kinds', [flat(), product(), helper.make_node('Shape', ['images'], ['sizes']),
               helper.make_node('Cast', ['flat'], ['whole'], to=TensorProto.INT64),
               helper.make_node('Cast', ['flat'], ['words'], to=TensorProto.STRING),
               helper.make_node('Cast', ['flat'], ['unsigned'], to=TensorProto.UINT64),
               helper.make_node('SequenceConstruct', ['flat'], ['sequence'])], [IMAGES], [LOGITS])

fold = helper.make_function('com.example', 'Fold', ['x'], ['y'], [helper.make_node('Flatten', ['x'], ['y'], axis=1)],
                            [helper.make_opsetid('', 15)])
own = helper.make_node('Fold', ['images'], ['flat'], domain='com.example')
save('own_function', [own, product()], [IMAGES], [LOGITS], functions=[fold], domains=['com.example'])
save('custom_operator', [own, product()], [IMAGES], [LOGITS], domains=['com.example'])
inside = helper.make_graph([helper.make_node('Secret', ['images'], ['y'], domain='org.example')], 'inside', [],
                           [value('y', None)])
save('custom_inside', [helper.make_node('If', ['yes'], ['flat'], then_branch=inside, else_branch=inside), product()],
     [IMAGES], [LOGITS], domains=['org.example'], yes=numpy.array(True))
save('no_such_operator', [helper.make_node('Flattened', ['images'], ['flat']), product()], [IMAGES], [LOGITS])

save('two_inputs', [flat(), product('flat', 'part'), helper.make_node('Add', ['part', 'mask'], ['logits'])],
     [IMAGES, value('mask', ['n', 1])], [LOGITS])
save('no_input', [product('flat')], [], [LOGITS], flat=numpy.ones((1, 48), numpy.float32))
save('no_output', [flat(), product()], [IMAGES], [])
save('whole_numbers', [helper.make_node('Cast', ['images'], ['given'], to=TensorProto.FLOAT), flat('given'), product()],
     [value('images', ['n', 3, 4, 4], TensorProto.UINT8)], [LOGITS])
save('film', [flat(), product()], [value('images', ['n', 1, 3, 4, 4])], [LOGITS])
save('sequence', [product('flat')], [helper.make_tensor_sequence_value_info('images', TensorProto.FLOAT, None)], [LOGITS],
     flat=numpy.ones((1, 48), numpy.float32))
save('other_size', [flat(), product()], [value('images', ['n', 1, 6, 8])], [LOGITS])
save('mixes_images', [flat(), helper.make_node('ReduceSum', ['flat', 'axes'], ['sum'], keepdims=1), product('sum')],
     [value('images', [2, 3, 4, 4])], [value('logits', [1, 2])], axes=numpy.array([0]))


def external(name, location, **more):
    model = save(name, [flat(), product()], [IMAGES], [LOGITS])
    tensor = model.graph.initializer[0]
    tensor.ClearField('raw_data')
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in {'location': location, **more}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
    onnx.save(model, name + '.onnx')


os.makedirs('deep/data', exist_ok=True)
os.makedirs('beside', exist_ok=True)
for place in ('weights.bin', 'deep/data/weights.bin', 'beside/weights.bin'):
    with open(place, 'wb') as file:
        file.write(b'\0' * 16 + WEIGHTS.tobytes())
os.symlink('../beside/weights.bin', 'deep/link.bin')
external('external', 'weights.bin', offset='16', length='384')
external('deep/external', 'data/weights.bin', offset='16', length='384')
external('deep/out', '../beside/weights.bin', offset='16', length='384')
external('deep/linked_out', 'link.bin', offset='16', length='384')
external('absolute', '/etc/passwd', length='384')
external('not_there', 'none.bin')
external('too_short', 'weights.bin', offset='200', length='384')
os.makedirs('*/_ORT_MEM_ADDR_', exist_ok=True)
os.link('weights.bin', '*/_ORT_MEM_ADDR_/*')
external('memory', '*/_ORT_MEM_ADDR_/*', offset='4096', length='384')
external('no_number', 'weights.bin', offset='-4')
