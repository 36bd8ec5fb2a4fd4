/** The page's texts: every language has all of them, and the page uses each. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { FluentResource } from '../../../chatroom/web/vendor/fluent/index.js';

const APP = new URL('../../../chatroom/web/app/', import.meta.url);
const LOCALES = new URL('locales/', APP);

/** Returns the texts of a language by their ids, those of attributes too. */
async function catalogue(file) {
  const source = await readFile(new URL(file, LOCALES), 'utf8');
  const { body } = new FluentResource(source);
  const ids = source.split('\n').flatMap((line) => /^([a-z][\w-]*) *=/.exec(line)?.[1] ?? []);
  assert.deepEqual(
    body.map(({ id }) => id),
    ids,
    `${file}: an id is not read, or is there twice`,
  );
  assert.equal(new Set(ids).size, ids.length, `${file}: an id is there twice`);
  const texts = body.flatMap(({ id, value, attributes }) => [[id, value], ...Object.entries(attributes).map(([name, text]) => [`${id}.${name}`, text])]);
  return new Map(texts);
}

/** Returns the names of the variables in a text. */
function variables(part, found = new Set()) {
  if (Array.isArray(part)) for (const each of part) variables(each, found);
  else if (part && typeof part === 'object') {
    if (part.type === 'var') found.add(part.name);
    for (const each of Object.values(part)) variables(each, found);
  }
  return [...found].sort();
}

const sources = async () => {
  const names = await readdir(APP, { recursive: true });
  return Promise.all(names.filter((name) => name.endsWith('.js')).map((name) => readFile(new URL(name, APP), 'utf8')));
};

const english = await catalogue('en.ftl');

test('each language has all texts with the same variables', async () => {
  for (const file of await readdir(LOCALES)) {
    const texts = await catalogue(file);
    const named = (all) => [...all].map(([id, text]) => `${id} ${variables(text)}`);
    const [present, wanted] = [new Set(named(texts)), new Set(named(english))];
    assert.deepEqual([...wanted.difference(present)], [], `${file} lacks`);
    assert.deepEqual([...present.difference(wanted)], [], `${file} has in addition`);
  }
});

test('each text that the page asks for is there', async () => {
  const asked = (await sources()).flatMap((source) => [
    ...[...source.matchAll(/\bt\('([^']+)'/g)].map(([, id]) => id),
    ...[...source.matchAll(/\bt\([^'()`]*\? '([^']+)' : '([^']+)'/g)].flatMap(([, one, other]) => [one, other]),
  ]);
  assert.ok(asked.length > 300);
  assert.deepEqual([...new Set(asked)].filter((id) => !english.has(id)), []);
});

test('the page uses each text', async () => {
  const words = new Set();
  const patterns = [];
  for (const source of await sources()) {
    for (const [, word] of source.matchAll(/'([\w.-]+)'/g)) words.add(word);
    // Templates: what is before the first value in them, and after the last one.
    for (const [, start, end] of source.matchAll(/`([a-z][\w-]*-|)\$\{.*?\}([\w.-]*)`/g)) {
      if (start || /^[-.][a-z]+$/.test(end)) patterns.push(new RegExp(`^${start}[\\w-]+${end.replaceAll('.', '\\.')}$`));
    }
  }
  const isUsed = (id) => words.has(id) || patterns.some((pattern) => pattern.test(id));
  assert.deepEqual([...english.keys()].filter((id) => !isUsed(id)), []);
});
