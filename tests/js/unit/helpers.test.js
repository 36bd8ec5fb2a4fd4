import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  directRoom,
  mentionRanges,
  parsePermalink,
  partnerOf,
  permalink,
  uuid7,
} from '../../../chatroom/web/chatroom/index.js';
import { Ids } from '../../../chatroom/web/chatroom/ids.js';
import { utf16Ranges } from '../../../chatroom/web/chatroom/mentions.js';
import { VirtualClock } from './clock.js';

test('ids ascend, also when the clock goes back', () => {
  const clock = new VirtualClock();
  const ids = new Ids(clock);
  const made = Array.from({ length: 10_000 }, () => ids.next());
  clock.now = () => 1000;
  made.push(ids.next());
  const known = '01999999-9999-7999-8999-999999999999';
  ids.after(known);
  made.push(known, ids.next());
  assert.deepEqual([...made].sort(), made);
  assert.match(uuid7(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('direct rooms', () => {
  assert.equal(directRoom('bob', 'alice'), '@alice:bob');
  assert.equal(partnerOf('@alice:bob', 'bob'), 'alice');
  assert.equal(partnerOf('@alice:alice', 'alice'), 'alice');
  assert.equal(partnerOf('@alice:bob', 'carol'), null);
  assert.equal(partnerOf('general', 'alice'), null);
});

test('permalinks', () => {
  for (const [room, seq, thread] of [
    ['general', 17, null],
    ['general', null, null],
    ['@alice:bob', 3, null],
    [`~${'0'.repeat(24)}`, 5, 2],
  ]) {
    const link = permalink(room, seq, thread === null ? {} : { thread });
    assert.deepEqual(parsePermalink(`https://chat.example${link}`), { room, seq, thread });
  }
  for (const other of ['/', '/#/rooms/', '/#/rooms/A', '/#/rooms/%', '/#/rooms/a/b', 'x']) {
    assert.equal(parsePermalink(other), null, other);
  }
});

test('ranges of code points become UTF-16', () => {
  assert.deepEqual(utf16Ranges('👍 ab', [{ start: 0, end: 1 }, { start: 2, end: 4 }]), [
    { start: 0, end: 2 },
    { start: 3, end: 5 },
  ]);
});

test('mentions, by the server\'s rule', () => {
  const members = new Set(['bob', 'bob..', 'carol', 'room']);
  const names = (text) => mentionRanges(text, (name) => members.has(name)).map(({ name }) => name);
  assert.deepEqual(names('@bob, @carol. @dave a@bob @room'), ['bob', 'carol', 'room']);
  assert.deepEqual(names('@bob.. @bob. @Bob'), ['bob..', 'bob']);
  const [{ start, end }] = mentionRanges('hi @carol!', (name) => members.has(name));
  assert.deepEqual([start, end], [3, 9]);
});
