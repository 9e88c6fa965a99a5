import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Connection } from '../../../../src/download/file/connection.ts';
import { Location } from '../../../../src/download/file/location.ts';
import { PartialFile } from '../../../../src/download/file/partialFile.ts';
import { WriteBehind } from '../../../../src/download/file/writeBehind.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { fileServer } from './fileServer.ts';
import { BOOTED, COMMIT, freeFlow, MODEL, planned, useFileRig } from './rig.ts';

const SIZE = 1_000_000;

describe('The bytes of a connection', () => {
  const server = useLocalServer();
  const rig = useFileRig();

  it('are written only where there are none yet', async () => {
    const bytes = randomBytes(SIZE);
    server().answer(fileServer(bytes).listener);
    const { target, services } = rig();
    const file = planned(bytes);
    const header = { ...file, model: MODEL, revision: COMMIT, bootedAt: BOOTED };
    const partial = await PartialFile.open(target, header);
    const there = [
      [0, 100_001],
      [300_000, 300_007],
      [999_999, SIZE],
    ] as const;
    for (const [start, end] of there) await partial.write(start, [bytes.subarray(start, end)]);

    const written: [number, number][] = [];
    const write = partial.write.bind(partial);
    partial.write = async (position, pieces) => {
      written.push([position, position + pieces.reduce((sum, { length }) => sum + length, 0)]);
      await write(position, pieces);
    };
    const source = { endpoint: new URL(server().url), model: MODEL, revision: COMMIT };
    const piece = { start: 0, end: SIZE, position: 0, since: 0, isTakenOver: false };
    await new Connection(piece, {
      ...{ partial, flow: freeFlow, clock: services.clock, onBytes: () => undefined },
      location: new Location(source, file, services, undefined),
      writer: new WriteBehind(partial, (error) => assert.fail(String(error))),
      signal: new AbortController().signal,
      onAnswer: () => piece,
    }).fetch();
    await partial.close();

    assert.ok(readFileSync(partial.path).equals(bytes));
    assert.ok(written.length > 0);
    for (const [from, to] of written) {
      for (const [start, end] of there) {
        assert.ok(to <= start || from >= end, `${from} to ${to} were there from ${start}`);
      }
    }
  });
});
