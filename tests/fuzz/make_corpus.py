#!/usr/bin/env python3
"""Writes the corpora anew: small inputs of our own, at least one for each path
that a fuzzer would need long to find. Where a target takes a first byte, it
stands before the input."""

import bz2
import gzip
import hashlib
import json
import lzma
import pathlib
import shutil
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / 'corpus'


def write(target, inputs):
    folder = CORPUS / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in inputs.items():
        if isinstance(content, str):
            content = content.encode()
        (folder / name).write_bytes(content)


SMALL = b'+1 1:0.5 3:-2e1\n-1\n-1 2:1 7:+.25\n'


def libsvm():
    write('libsvm', {
        'small': SMALL,
        'blanks': '  1\t1:1  \t2:2 # a\r\n# comment only\r\n\r\n-1\t2:3\r',
        'largest_index': '0 16777216:1\n1 1:0\n',
        'index_too_large': '+1 2147483647:1',
        'extreme_values':
            '1 1:1e308 2:4.9e-324 3:1e-999 4:-0\n2 1:0.1\n',
        'many_digits': '1 1:0.1234567890123456 2:1.7976931348623157e+308\n'
                       '-1 5:-2.2250738585072011e-308\n',
        'three_classes': '1 1:1\n2 1:2\n3 1:3\n',
        'ranking': '1 qid:3 1:1\n',
        'descending': '1 2:1 1:1\n',
        'not_decimal': '1 1:0x1p3\n-1 1:nan\n',
        'nul': '1 1:1\n\0',
        'gaps': '1 64:1 65:2 9000:1\n-1 3:4 64:0\n-1 16777215:-1 16777216:0\n',
        'no_value': '1 1:0\n-1\n',
        'index_zero': '1 0:1\n-1 1:1\n',
        'comments': '# a\n1 1:1 # b\n-1 1:2#c\n',
        'infinity': '+1 1:1.#INF 2:5\n-1 1:1 2:-5\n',
        'byte_order_mark': '\ufeff1 1:1\n-1 1:2\n',
        'utf16': '1 1:1\n-1 1:2\n'.encode('utf-16'),
        'utf16_without_mark': '1 1:1\n-1 1:2\n'.encode('utf-16-be'),
    })


def damaged(archive, at):
    changed = bytearray(archive)
    changed[at] ^= 4
    return bytes(changed)


def libsvm_archive():
    def gz(content):
        return gzip.compress(content, 9, mtime=0)

    def zst(content, window=0):
        """One frame of one block as it is, with a window of 2^(10 + window)."""
        return (b'\x28\xb5\x2f\xfd\0' + bytes([window << 3]) +
                (len(content) << 3 | 1).to_bytes(3, 'little') + content)

    def xz_of(level, check=lzma.CHECK_CRC64):
        return lzma.compress(SMALL, preset=level, check=check)

    bz = bz2.compress
    xz = xz_of(6)
    zeros = bytes(8)
    files = {
        'plain': SMALL,
        'gzip': gz(SMALL),
        'bzip2': bz(SMALL),
        'gzip_members': gz(SMALL[:20]) + gz(SMALL[20:]),
        'bzip2_members': bz(SMALL[:20]) + bz(SMALL[20:]),
        'gzip_named': b'\x1f\x8b\x08\x08\0\0\0\0\0\x03data\0' + gz(SMALL)[10:],
        'gzip_damaged': damaged(gz(SMALL), 20),
        'bzip2_damaged': damaged(bz(SMALL), 30),
        'gzip_rubbish_behind': gz(SMALL) + b'rubbish',
        'gzip_bomb': gz(b'1\n' * (1 << 16)),
        'bzip2_bomb': bz(b'1\n' * (1 << 20)),
        'bzip2_bomb_of_blanks': bz(b' ' * (1 << 24)),
        'bzip2_empty_members': bz(b'') * 20,
        'xz': xz,
        'xz_sha256': xz_of(0, lzma.CHECK_SHA256),
        'xz_unchecked': xz_of(0, lzma.CHECK_NONE),
        'xz_large_dictionary': xz_of(9),
        'xz_too_large_dictionary': lzma.compress(
            SMALL, filters=[{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 30}]),
        'xz_members': xz + zeros + xz_of(0),
        'xz_damaged': damaged(xz, 30),
        'xz_bomb': lzma.compress(b'1\n' * (1 << 20)),
        'xz_rubbish_behind': xz + b'rubbish',
        'zstd': zst(SMALL),
        'zstd_members': zst(SMALL[:20]) + zeros + zst(SMALL[20:]),
        'zstd_largest_window': zst(SMALL, 17),
        'zstd_too_large_window': zst(SMALL, 18),
        'zstd_repeated_byte':
            b'\x28\xb5\x2f\xfd\0\x58' +
            (((1 << 17) << 3) | 2).to_bytes(3, 'little') + b'#' +
            ((1 << 3) | 1).to_bytes(3, 'little') + b'\n',
        'zstd_skippable': b'\x50\x2a\x4d\x18\x04\0\0\0abcd' + zst(SMALL),
        'zstd_damaged': damaged(zst(SMALL), 7),
        'gzip_padded': gz(SMALL) + zeros,
        'bzip2_padded': bz(SMALL[:20]) + zeros + bz(SMALL[20:]) + zeros,
        'empty': b'',
    }
    inputs = {name: b'\0' + content for name, content in files.items()}
    inputs['text_to_gzip'] = b'\1' + SMALL
    inputs['text_to_bzip2'] = b'\2' + SMALL
    inputs['text_to_xz'] = b'\3' + SMALL
    inputs['text_to_zstd'] = b'\4' + SMALL
    inputs['text_of_errors'] = b'\1' + b'1 1:1\n1 2:0x\n'
    write('libsvm_archive', inputs)


def csv():
    write('csv', {
        'plain': 'a,b\n1,2\n',
        'quoted': '"a","b,c"\r\n"1""2","x\ny"\r\n',
        'nothing': 'a,b\n,""\n"",\n',
        'one_column': 'a\n\n""\n1\n',
        'carriage_returns': 'a,b\r\n"1"\r,2\r\n3\r4,5\r',
        'quoted_ends': 'a,b\n"1\r","2\r"\n"3\n","4"\n',
        'not_closed': 'a\n"1',
        'quote_inside': 'a\n1"2\n',
        'twice': 'a,a\n',
        'too_short': 'a,b\n1\n',
        'text_behind_a_quote': 'a\n"1"2\n',
    })


LARGEST = str(2**63 - 1)


def records():
    kinds = {
        'asynchronous': [
            'd,6a,speed,1/n,decaying:1,asynchronous,1,8,4,1,exponential,pareto,'
            '0.5,1,0,0.001,100,25.5,,,,,7,3,2,no',
            'd,6a,delay,0.01,theory,synchronous,1,8,4,1,constant,constant,'
            '0,4,2,,100,,1e-05,2,0,0.25,0,0,0,no'],
        'convergence_bound': [
            'd,6a,0.01,2,1,4,100,3,0.25,0.01,0.5,1,2,3,4,0,0,1,2',
            'd,6a,0.01,2,1,8,100,1,-1e-17,,0,1,2,3,,0,0,0,'],
        'finding': ['e,n,"a, b",1.5,1,2,3,d', 'e,n,c,1,,,0,d'],
        'iterations': ['tuned,0.01,4,8,16,1,1000,linear,no',
                       'tuned,0.01,4,8,16,2,,,yes'],
        'period': ['d,0.01,theory,8,4,100,16,1,constant:0.5,1e-05,200,,yes',
                   f'd,0.01,theory,{LARGEST},4,{LARGEST},16,1,c,,{LARGEST},,yes'],
        'schedule': ['d,0.01,8,4,period,period:4,theory,1,0.001,100,25,0.0005,no',
                     'd,0.01,8,4,period,period:4,theory,1,,100,25,-1e-9,no',
                     'd,0.01,8,4,period,period:4,theory,2,0.001,,,,yes'],
        'speedup': [
            'd,6a,tuned,0.01,4,1,1,2,2,5656,4560.5,734.5,quadratic,constant,-4,'
            'linear,yes,constant,-5,6710,quadratic,1,0,1,1,25',
            'd,6a,theory,0.01,4,2,1,2,1,,,,,,,,,,,,,,,,,25'],
        'tuning': ['0.01,4,1,1,0,constant,-20,dropped,7165,,0.5,,',
                   '0.01,4,1,1,0,constant,-19,reached,7165,last,0.005,,',
                   '0.01,4,1,1,0,decaying,3,same,,,,constant,2',
                   '0.01,4,1,1,0,decaying,4,not_tried,,,,,'],
        'variance': ['d,6a,1/n,theory,period:4,1,1,100,last,0,1,0.5,0.4,0.1,0.2,0.3',
                     'd,6a,1/n,theory,period:4,1,2,100,last,0,1,0.5,0.4,0.1,0.2,0.3',
                     'd,6a,1/n,theory,period:4,1,2,50,last,0,1,0.5,0.4,0.1,0.2,0.3',
                     f'd,6a,1/n,theory,period:4,{LARGEST},{LARGEST},{LARGEST},'
                     'last,0,1,0.5,0.4,0.1,0.2,0.3'],
        'gradient_variance': ['d,6a,start,1/n,"","",1,2,0,0,100,1,0.5',
                              'd,6a,path,1/n,theory,final,1,2,10,0,9,0,0'],
        'cluster': [
            'd,6a,constant:1,0.01,4,7,loopback,2,cpu,2,4,16,100,5e-08,1e-06,'
            '2e-07,1e-07,3e-07',
            'd,6a,constant:1,0.01,4,7,none,1,cpu,2,1,1,,5e-08,,2e-07,1e-07,'
            '3e-07'],
        'extrapolation': [
            'wan,"assumed: far, slow",0.02,1e-06,12500000,300,4.2e-08,measured,'
            '4,0.5,0.25,tree,16,10,0.125,1.5,3,2,7,',
            'wan,s,0,0,1e-9,1,1e-300,s,1,0,0,server,1,1,1e308,0,0,1,1,9'],
        'run': ['"{""arm"":""tuned"",""gap"":{""last"":null}}"', '{}'],
        'modelled': ['printed,star,25,0,1,1,0.5',
                     f'corollary,ring,25,0.005,{LARGEST},16,1e-300'],
    }
    inputs = {}
    for kind, (name, lines) in enumerate(kinds.items()):
        for i, line in enumerate(lines):
            inputs[f'{name}_{i}'] = bytes([kind]) + line.encode() + b'\n'
        inputs[f'{name}_all'] = (bytes([kind]) + '\n'.join(lines).encode())
        inputs[f'{name}_twice'] = (bytes([kind]) +
                                   (lines[0] + '\n' + lines[0]).encode())
    write('records', inputs)


def journal():
    def lines(*objects):
        # Without the brace: the target adds the checksum and another.
        return '\n'.join(json.dumps(o, separators=(',', ':'))[:-1]
                         for o in objects).encode()

    ours = {'journal': 'local_sgd',
            'settings': {'seed': 1, 'flags': {'workers': '1,2'}}}
    first = {'key': 'K=1', 'result': [{'iterations': 7, 'gap': 0.1}]}
    second = {'key': 'K=2', 'result': None}
    header = b'{"journal":"local_sgd","settings":'
    write('journal', {
        'new': b'\0',
        'torn_header': b'\0{"journal":"local_sgd","sett',
        'zeros': b'\0' + bytes(100),
        'other_file': b'\0a,b\n1,2\n',
        'header': b'\1' + lines(ours),
        'two_pieces': b'\1' + lines(ours, first, second),
        'twice': b'\1' + lines(ours, first, first),
        'no_result': b'\1' + lines(ours, {'key': 'K=1'}),
        'no_object': b'\1' + lines(ours) + b'\n[1',
        'other_settings': b'\1' + lines(
            {'journal': 'local_sgd',
             'settings': {'seed': 2, 'flags': {'workers': 1}, 'more': []}}),
        'own_settings': b'\2' + lines(
            {'journal': 'local_sgd', 'settings': [1e300, -0.0, 'x', {}]},
            {'key': 'new', 'result': 18446744073709551616}),
        'deep': b'\2' + header + b'[' * 70 + b']' * 70,
        'numbers': b'\1' + lines(ours) +
                   b'\n{"key":"a","result":[1e999,-0,1e-400,0.1e1]',
        'not_utf8': b'\1' + lines(ours) + b'\n{"key":"\xff","result":1',
        'repeated_keys': b'\1' + lines(ours) +
                         b'\n{"key":"a","key":"b","result":{"x":1,"x":2}',
    })


def checkpoint():
    identity = b'dataset=d\nworkers=2'

    def vector(items, item_size):
        return struct.pack('<Q', len(items) * 8 // item_size) + struct.pack(
            f'<{len(items)}d', *items)

    def state(t, workers=2, features=3, empty=False):
        floats = [] if empty else [0.5] * (features + 1)
        columns = [] if empty else [0.25] * (workers * (features + 1) * 4)
        base = [] if empty else [1.0] * (3 * features)
        return (struct.pack('<qqqq', t, t + 4, workers, features) +
                struct.pack('<7d', 0.5, 1, 2, 3, 0, 0, 0) +
                vector(floats, 8) + vector(columns, 32) + vector(base, 8))

    def position(reached=1, iterate=3, **kind):
        return (state(8) + struct.pack('<q', 16) + state(4, **kind) +
                struct.pack('<Q', reached) +
                struct.pack('<dqq', 0.01, 7, iterate) * min(reached, 3) +
                struct.pack('<qdd', 12, 1.5, 2.5))

    start = b'local-sgd checkpoint 1\n'
    whole = start + struct.pack('<Q', len(identity)) + identity + position()
    other = identity.replace(b'2', b'3')
    write('checkpoint', {
        'file': b'\0' + whole + hashlib.sha256(whole).hexdigest().encode(),
        'wrong_checksum': b'\0' + whole + b'0' * 64,
        'unsealed': b'\1' + whole,
        'other_identity': b'\1' + start + struct.pack('<Q', len(other)) + other,
        'many_lines': b'\1' + start + struct.pack('<Q', 4000) + b'\n' * 4000,
        'position': b'\2' + position(),
        'no_interval': b'\2' + position(empty=True),
        'other_shape': b'\2' + position(features=4),
        'no_such_iterate': b'\2' + position(iterate=4),
        'many_reached': b'\2' + position(reached=2**63),
        'large_vector': b'\2' + state(8)[:88] + struct.pack('<Q', 2**24),
        'huge_vector': b'\2' + state(8)[:88] + struct.pack('<Q', 2**61),
    })


def flags():
    values = {
        'command_line': ['--dataset=d\n--threads=2\n--format=csv', '--loud',
                         '--noloud\n-count\n3\n--seed=7', '--count=x',
                         '--threads=0\n--', '--output_dir\nout\n--loud=false',
                         '--flagfile=/nowhere', '--fromenv=seed',
                         '--tryfromenv=seed', '--undefok=count', 'file'],
        'numbers': ['0.005,0.0001', '1e308', '4.9e-324', '1,1', '0', '-1', '1e999'],
        'integers': ['1,2,4', LARGEST, '1,1', '0', str(2**63), '1,'],
        'step_size': ['theory', 'constant:0.5', 'decaying:1e308', 'constant:0',
                      'decaying:4.9e-324'],
        'synchronisation': ['final', 'period:4', 'period:1152921504606846976',
                            'growing:0.5', 'growing:1e308', 'growing:1e-300',
                            'growing:1e009',
                            'phases:1,100,16',
                            'phases:1152921504606846976,1,1152921504606846976',
                            'doubling', 'doubling:64'],
        'list': ['1 2\t4\r\n8\n', '4 2', '1152921504606846976', '', '0'],
        'regularisation': ['', '0.01', '0', '1e400'],
        'format': ['table', 'json', 'csv', 'xml'],
    }
    inputs = {}
    for kind, (name, texts) in enumerate(values.items()):
        for i, text in enumerate(texts):
            inputs[f'{name}_{i}'] = bytes([kind]) + text.encode()
    write('flags', inputs)


libsvm()
libsvm_archive()
csv()
records()
journal()
checkpoint()
flags()
