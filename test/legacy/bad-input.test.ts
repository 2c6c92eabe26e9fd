import { PassThrough, Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeApplications, type Application } from '../../src/applications/applications.ts';
import { makeBatches, type Batches } from '../../src/legacy/batches.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import { openGround, type Ground } from '../engines.ts';
import { liveMemory } from '../live-memory.ts';
import { addApplication } from '../people.ts';

let ground: Ground;
let batches: Batches;
let meadow: Application;

beforeAll(async () => {
  ground = await openGround('sqlite');
  const { storage, seals } = ground;
  const applications = makeApplications({ storage });
  batches = makeBatches({ applications, storage, seals, now: Date.now, folder: `${ground.folder}/sorting` });
  meadow = await addApplication({ applications }, 'Meadow', 'https://meadow.example');
});

afterAll(() => ground.close());

const check = (bytes: Buffer | string, size = 1 << 16) => {
  const all = Buffer.from(bytes);
  const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
  return batches.check(meadow, csv, () => Readable.from(pieces));
};

const refusal = async (bytes: Buffer | string): Promise<unknown> => {
  try {
    return await check(bytes);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

const megabytes = (): number => process.memoryUsage().rss / 1_000_000;

test('an empty file is refused, and one with nothing but line ends', async () => {
  expect(await refusal('')).toBe('legacy_file_empty');
  expect(await refusal('\r\n\n\r')).toBe('legacy_file_empty');
  expect(await refusal(gzipSync(''))).toBe('legacy_file_empty');
});

test('a file with a header alone has nobody in it', async () => {
  for (const text of ['name,hash', 'name,hash\n', '\uFEFFname;hash\r\n'])
    expect(await check(text)).toMatchObject({ names: 0, rejected: 0 });
});

test('line ends may be mixed, at whatever byte the file is cut in pieces', async () => {
  const text = '\uFEFFname,key\r\nalix,1\nbruno,2\rmaud,3\r\n\r\n"odile",4\n\n"no\né",5\r"twelve",6';
  for (const size of [1, 2, 3, 7, 1000])
    expect(await check(text, size)).toMatchObject({ names: 5, problems: { name_unfit: 1 }, bad: [{ line: 8 }] });
});

test('columns may stand in any order, with others between them, separated by comma, semicolon or tab', async () => {
  for (const separator of [',', ';', '\t']) {
    const lines = [
      ['Shoe size', ' ADDRESS ', 'confirmed', 'Name'],
      ['41', 'alix@old.example', 'yes', 'alix'],
      ['39', '', '', 'bruno'],
    ];
    const text = lines.map((cells) => cells.join(separator)).join('\n');
    expect(await check(text)).toMatchObject({ names: 2, addresses: 1, confirmed: 1 });
  }
});

test('a missing column, one that is there twice and a header that is none are named', async () => {
  expect(await refusal('hash,address\nx,y\n')).toBe('legacy_columns_missing');
  expect(await refusal('name,hash,Name\nx,y,z\n')).toBe('legacy_columns_twice');
  expect(await refusal('"name,hash\nx,y\n')).toBe('legacy_header_unfit');
  expect(await refusal(`name${',x'.repeat(40_000)}\n`)).toBe('legacy_header_unfit');
});

test('a column whose name steers a terminal is named without what does so', async () => {
  const evil = String.raw`\u001b]0;owned\u0007\u009b2Jx`;
  const { bad } = await check(`{"name":"alix","${evil}":[1]}\n`);
  expect(bad).toMatchObject([{ code: 'value_unfit' }]);
  expect(bad[0]?.column).not.toMatch(/\p{C}/u);
  const twice = '\u001B[2Jx';
  const refused = await check(`name,${twice},${twice}\nx,y,z\n`).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'legacy_columns_twice' });
  expect(JSON.stringify((refused as { params?: unknown }).params)).not.toContain(String.raw`\u001b`);
});

test('UTF-16 is refused with or without a mark, and so is what is no text', async () => {
  const text = 'name,key\r\nalix,1\r\n';
  expect(await refusal(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe('legacy_file_encoding');
  expect(await refusal(Buffer.from(`\uFEFF${text}`, 'utf16le').swap16())).toBe('legacy_file_encoding');
  expect(await refusal(Buffer.from(text, 'utf16le'))).toBe('legacy_file_encoding');
  expect(await refusal(Buffer.alloc(300_000))).toBe('legacy_file_encoding');
});

test('in a file of Latin-1 the lines that are no UTF-8 are named, and the others are read', async () => {
  const report = await check(Buffer.from('name,key\nalix,1\nnoé,2\nmaud,3\n', 'latin1'));
  expect(report).toMatchObject({ names: 2, problems: { not_utf8: 1 }, bad: [{ line: 3, code: 'not_utf8' }] });
});

test('NUL costs the line that it stands on', async () => {
  const report = await check('name,key\nali\0x,1\nbruno,2\n\0\0\0\n');
  expect(report).toMatchObject({ names: 1, problems: { value_unfit: 2 } });
});

test('a quote that is not closed costs its own line and none of those after it', async () => {
  const many = Array.from({ length: 500 }, (_, index) => `bird${index},${index}`);
  const open = await check(['name,key', '"alix,1', ...many].join('\n'));
  expect(open).toMatchObject({ names: 500, problems: { quotes_open: 1 }, bad: [{ line: 2 }] });
  // Each line opens one: the work does not grow with the square of them.
  const all = await check(['name,key', ...many.map((line) => `"${line}`)].join('\n'));
  expect(all).toMatchObject({ names: 0, rejected: 500 });
  const last = await check(['name,key', ...many, 'maud,"7'].join('\n'));
  expect(last).toMatchObject({ names: 500, problems: { quotes_open: 1 }, bad: [{ line: 502 }] });
  const broken = await check('name,key\n"al"ix,1\n"bru""no",2\n');
  expect(broken).toMatchObject({ names: 1, problems: { quotes_open: 1 } });
});

test('a line with too few or too many values is named', async () => {
  const report = await check('name,key,hash\nalix\nbruno,2,,4\nmaud,3,\n');
  expect(report).toMatchObject({ names: 1, problems: { columns_missing: 2 } });
});

test('a line of 10 MB is named, and the one after it is read', async () => {
  const long = await check(`name,key\nalix,1\n${'x'.repeat(10_000_000)},2\nbruno,3\n`);
  expect(long).toMatchObject({ names: 2, problems: { too_long: 1 }, bad: [{ line: 3, code: 'too_long' }] });
  const quoted = await check(`name,key\n"${'x'.repeat(10_000_000)}`);
  expect(quoted).toMatchObject({ names: 0, problems: { too_long: 1 } });
});

test('JSON Lines: a line that is no object is named, and long numbers keep every digit', async () => {
  const lines = [
    '{"name":"alix","key":109999999999999999,"confirmed":true,"address":"alix@old.example"}',
    '{"name":"bruno"',
    '["maud"]',
    '{"name":{"first":"noe"}}',
    '{"hash":"x"}',
    '',
    '{"name":"odile","hash":null}',
  ];
  const open = (): Readable => Readable.from([Buffer.from(lines.join('\n'))]);
  const rejects: string[] = [];
  const report = await batches.check(meadow, csv, open, { reject: (text) => void rejects.push(text) });
  expect(report).toMatchObject({
    names: 2,
    confirmed: 1,
    problems: { not_json: 2, value_unfit: 1, columns_missing: 1 },
  });
  expect(rejects.join('').split('\n').slice(0, 2)).toEqual([
    '{"text":"{\\"name\\":\\"bruno\\"","line":2,"problem":"not_json"}',
    '{"text":"[\\"maud\\"]","line":3,"problem":"not_json"}',
  ]);
  const application = await addApplication(
    { applications: makeApplications({ storage: ground.storage }) },
    'Long numbers',
    'https://long.example',
  );
  const { id } = await batches.begin(application, csv, open);
  await batches.work(id, open);
  const again = (): Readable => Readable.from([Buffer.from('name,key\nalix,109999999999999999\n')]);
  expect(await batches.check(application, csv, again)).toMatchObject({ present: 1 });
});

test('a packed file that is cut or damaged is refused', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `bird${index},${index * 7919}`);
  const packed = gzipSync(`name,key\n${lines.join('\n')}\n`);
  expect(await check(packed)).toMatchObject({ names: 20_000 });
  expect(await refusal(packed.subarray(0, packed.length / 2))).toBe('legacy_file_cut');
  expect(await refusal(packed.subarray(0, 30))).toBe('legacy_file_cut');
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 5000, 5100);
  expect(await refusal(damaged)).toBe('legacy_file_damaged');
});

test('a packed file that grows without measure is refused, and memory stays as it is', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('name\n'), Buffer.alloc(400_000_000, 'x')]));
  expect(bomb.length).toBeLessThan(500_000);
  const before = megabytes();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, megabytes());
  }, 20);
  expect(await refusal(bomb)).toBe('legacy_file_bomb');
  clearInterval(watch);
  expect(most - before).toBeLessThan(150);
});

test('a file of 2 GB is read to its end in bounded memory', async () => {
  const block = Buffer.from(`${'x'.repeat(70_000)},9\n`.repeat(29));
  const count = Math.ceil(2_000_000_000 / block.length);
  function* pieces(): Generator<Buffer> {
    yield Buffer.from('name,key\nalix,1\n');
    for (let index = 0; index < count; index += 1) yield block;
    yield Buffer.from('bruno,2\n');
  }
  const [before, residentBefore] = [liveMemory(), megabytes()];
  let [most, resident] = [0, 0];
  let steps = 0;
  const report = await batches.check(meadow, csv, () => Readable.from(pieces(), { objectMode: true }), {
    progress: () => {
      steps += 1;
      // Collecting what is not used any more takes longer than a step does.
      if (steps % 10 === 0) most = Math.max(most, liveMemory());
      // The thread that reads has memory of its own.
      resident = Math.max(resident, megabytes());
    },
  });
  expect(report).toMatchObject({ names: 2, rejected: count * 29 });
  expect(most).toBeGreaterThan(0);
  expect(most - before).toBeLessThan(50_000_000);
  expect(resident - residentBefore).toBeLessThan(300);
}, 600_000);

test('rows of any width are imported: what is written together is bounded by its size too', async () => {
  // A column that nothing reads, of what takes most room.
  const wide = '\u0001'.repeat(60_000);
  const open = (): Readable =>
    Readable.from(
      (function* () {
        yield 'name,note\n';
        for (let number = 0; number < 700; number += 1) yield `bird${number},${wide}\n`;
      })(),
    );
  const { id } = await batches.begin(meadow, csv, open);
  expect(await batches.work(id, open)).toMatchObject({ status: 'done', tally: { names: 700, rejected: 0 } });
  await batches.undo(id, { reverseRun: true });
});

test('a stream that goes on is not waited for once it is known that nothing can come of it', async () => {
  const endless = new PassThrough();
  endless.write('address,hash\nalix@old.example,\n');
  await expect(batches.check(meadow, csv, () => endless)).rejects.toMatchObject({ code: 'legacy_columns_missing' });
  expect(endless.destroyed).toBe(true);
  const packed = new PassThrough();
  const gzip = createGzip();
  gzip.pipe(packed);
  gzip.write('address,hash\nalix@old.example,\n');
  await new Promise<void>((resolve) => {
    gzip.flush(() => resolve());
  });
  await expect(batches.check(meadow, csv, () => packed)).rejects.toMatchObject({ code: 'legacy_columns_missing' });
  expect(packed.destroyed).toBe(true);
});

test('what reading the file throws is thrown, as it is, and the file is closed', async () => {
  const fault = new Error('the disk is gone');
  let isClosed = false;
  async function* failing(): AsyncGenerator<Buffer> {
    try {
      yield Buffer.from('name\nalix\n');
      throw fault;
    } finally {
      isClosed = true;
    }
  }
  await expect(batches.check(meadow, csv, failing)).rejects.toBe(fault);
  expect(isClosed).toBe(true);
});
