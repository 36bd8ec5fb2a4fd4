import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexedDbStorage, memoryStorage } from '../../../chatroom/web/chatroom/index.js';

for (const [name, make] of Object.entries({ memoryStorage, indexedDbStorage: () => indexedDbStorage('test') })) {
  test(`${name} keeps items by key`, async () => {
    const storage = make();
    await storage.put({ key: 'a', text: '1' });
    await storage.put({ key: 'b', text: '2' });
    await storage.put({ key: 'a', text: '3' });
    assert.deepEqual((await storage.load()).map(({ key, text }) => key + text).sort(), ['a3', 'b2']);
    assert.equal((await storage.get('b')).text, '2');
    await storage.remove('b');
    assert.equal(await storage.get('b'), undefined);
  });
}

test('IndexedDB keeps items for the next page', async () => {
  await indexedDbStorage('pages').put({ key: 'a', text: '1' });
  assert.equal((await indexedDbStorage('pages').get('a')).text, '1');
});

test('without IndexedDB, items are kept in memory', async (context) => {
  context.mock.method(indexedDB, 'open', () => {
    throw new DOMException('forbidden', 'SecurityError');
  });
  const storage = indexedDbStorage('forbidden');
  await storage.put({ key: 'a' });
  assert.equal((await storage.load()).length, 1);
});
