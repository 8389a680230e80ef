/** What is hidden of a provider's words. */
import { afterEach, expect, test, vi } from 'vitest'
import { hider, keysOfEnvironment, toldWords } from '../../src/models/secrets.ts'

afterEach(() => void vi.unstubAllEnvs())

test.each([
  ['a key', ['corp-key-1'], 'the key corp-key-1 is unknown', 'the key (hidden) is unknown'],
  ['a key that begins as another', ['corp-key', 'corp-key-1'], 'no corp-key-1!', 'no (hidden)!'],
  ['a header without its scheme', ['Bearer corp-key-1'], 'no corp-key-1!', 'no (hidden)!'],
  ['a key as JSON has it', ['corp"key\\1'], String.raw`{"no":"corp\"key\\1"}`, '{"no":"(hidden)"}'],
  ['a key as a URL has it', ['corp/9+9-corp'], '?key=corp%2F9%2B9-corp', '?key=(hidden)'],
  ['no short text', ['abc'], 'abcdef', 'abcdef'],
  ['what follows Bearer', [], 'got "Bearer x.y-z1234"', 'got "Bearer (hidden)"'],
  ['the password of a URL', [], 'no http://me:pass@host/v1', 'no http://(hidden)host/v1'],
  ['a key by its name', [], '{"api_key":"0123456789"}', '{"api_key":"(hidden)"}'],
  ['a key by its shape', [], 'no sk-proj-0123456789abcdef', 'no (hidden)'],
  ['no other words', [], 'at least 3 skis, basic words', 'at least 3 skis, basic words'],
])('%s', (_, values, text, shown) => {
  expect(hider(values)(text)).toBe(shown)
})

test('values of the environment that are named as keys are', () => {
  vi.stubEnv('ACME_API_KEY', 'swordfish-99')
  vi.stubEnv('ACME_REGION', 'middle-earth')
  const hide = hider(keysOfEnvironment())
  expect(hide('swordfish-99 in middle-earth')).toBe('(hidden) in middle-earth')
})

test('a key at the cut of a long text is hidden whole', () => {
  const text = `${'x'.repeat(495)}corp-key-1`
  expect(toldWords(text, hider(['corp-key-1']))).not.toContain('corp')
})
