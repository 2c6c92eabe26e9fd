import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { endingsOf, isKnownByName, TEMPLATES, type Block } from '../../src/applications/applications.ts';
import { inWords } from '../../views/admin/instructionsText.ts';
import { languages, translator } from '../../views/text.ts';

const homeUrl = 'https://meadow.example/';
const template = (id: string) => ({ id, answers: { address: 'https://meadow.example' } });
const commandsIn = (blocks: readonly Block[]): string[] =>
  blocks.flatMap((block) => (block.kind === 'code' ? block.lines : []));

test('every application we know has a sentence on how to end what goes on there, in both languages', () => {
  for (const { id } of TEMPLATES)
    for (const language of languages) {
      const words = JSON.stringify(
        inWords(translator(language), endingsOf({ template: template(id), homeUrl }, 'hulotte')),
      );
      expect([id, words.includes('hulotte'), /moderation\.|undefined|\{/u.test(words.replaceAll('{"', ''))]).toEqual([
        id,
        true,
        id.startsWith('synapse'),
      ]);
    }
});

test('an application without a template has nothing but a sentence', () => {
  const blocks = endingsOf({ template: undefined, homeUrl }, 'hulotte');
  expect([blocks.length, commandsIn(blocks)]).toEqual([1, []]);
});

test('a name never leaves its place in a command, nor in an address', () => {
  const evil = [`a'; rm -rf /; '`, '$(id)', '`id`', '-rf', '--force', 'a b', 'a"b', 'a\\', '&& id', '#{`id`}', '%{x}'];
  for (const { id } of TEMPLATES)
    for (const name of evil) {
      const blocks = endingsOf({ template: template(id), homeUrl }, name);
      for (const command of commandsIn(blocks)) {
        const words = spawnSync('sh', ['-c', `printf '%s\\0' ${command.replace(/^[A-Z_]+=\S+ /u, '')}`]);
        const read = words.stdout.toString().split('\0').slice(0, -1);
        const plain = endingsOf({ template: template(id), homeUrl }, 'hulotte');
        const [before = ''] = commandsIn(plain);
        const usual = spawnSync('sh', ['-c', `printf '%s\\0' ${before.replace(/^[A-Z_]+=\S+ /u, '')}`]);
        const expected = usual.stdout.toString().split('\0').slice(0, -1);
        const shown = read.filter((word) => word !== '--');
        expect([id, name, shown.length]).toEqual([id, name, expected.length]);
        expect([id, name, words.status]).toEqual([id, name, 0]);
        if (expected.includes('hulotte')) expect(shown).toContain(name);
      }
      for (const block of blocks)
        for (const line of block.kind === 'steps' ? block.lines : []) {
          const url = line.params?.['url'];
          if (url !== undefined) expect(new URL(String(url)).origin).toBe('https://meadow.example');
        }
    }
});

test('Mastodon and Nextcloud know people by the name of their profile, Pixelfed does not', () => {
  const known = (id: string): boolean => isKnownByName({ template: template(id), subject: 'random' });
  expect([known('mastodon'), known('nextcloud'), known('pixelfed')]).toEqual([true, true, false]);
  expect(isKnownByName({ template: undefined, subject: 'name' })).toBe(true);
});
