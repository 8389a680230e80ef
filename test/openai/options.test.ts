/** Options that are wrong, and what is missing, are refused by name. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadPeer } from '../../src/models/peer.ts'
import { openaiModel } from '../../src/openai/index.ts'
import { startOpenAIServer } from '../fixtures/openai-server.ts'
import { requestOf } from './ask.ts'

const LOCAL = { model: 'small', baseURL: 'http://127.0.0.1:9/v1' }

beforeEach(() => {
  for (const name of ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_ORG_ID']) vi.stubEnv(name, '')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

test.each<[string, object, string]>([
  ['no model', { baseURL: LOCAL.baseURL }, "option 'model' is undefined"],
  ['a model that is no text', { ...LOCAL, model: 5 }, "option 'model' is 5"],
  ['a mistyped name', { ...LOCAL, retrys: 5 }, "did you mean 'retries'?"],
  ['a count that is negative', { ...LOCAL, retries: -1 }, "option 'retries' is -1"],
  ['a time of nothing', { ...LOCAL, timeoutMs: 0 }, "option 'timeoutMs' is 0"],
  ['an odd way for names', { ...LOCAL, sourceNames: 'prefixes' }, "did you mean 'prefix'?"],
  ['a URL that is none', { ...LOCAL, baseURL: 'localhost:1' }, "option 'baseURL' is 'localhost:1'"],
  ['a body that is no JSON', { ...LOCAL, extraBody: { n: 1n } }, "option 'extraBody.n'"],
  ['headers that are a text', { ...LOCAL, headers: 'x: y' }, "option 'headers'"],
  [
    'a mistyped capability',
    { ...LOCAL, capabilities: { visions: true } },
    "did you mean 'vision'?",
  ],
])('%s is refused', (_, options, words) => {
  expect(() => openaiModel(options as never)).toThrow(words)
  expect(() => openaiModel(options as never)).toThrow('HEDDLE_INVALID_OPTION')
})

const KEY = 'corp-very-secret-1'
test.each<[string, unknown]>([
  ['in place of the options', KEY],
  ['under a mistyped name', { ...LOCAL, api_key: KEY }],
  ['as the URL', { ...LOCAL, baseURL: KEY }],
  ['in the URL', { ...LOCAL, baseURL: `me:${KEY}@host/v1` }],
  ['in place of the headers', { ...LOCAL, headers: KEY }],
])('no refusal repeats a key: %s', (_, options) => {
  expect(() => openaiModel(options as never)).toThrow('HEDDLE_INVALID_OPTION')
  expect(() => openaiModel(options as never)).not.toThrow(KEY)
})

test.each<[string, object, string]>([
  [
    'a key with a line break',
    { apiKey: 'sk-secret\n' },
    "option 'apiKey' is a text that no header",
  ],
  ['a key that is no text', { apiKey: ['sk-secret'] }, "option 'apiKey' is a object"],
  ['a header with a line break', { headers: { 'x-a': 'sk-secret\r\n' } }, "option 'headers.x-a'"],
  ['a query in the URL', { baseURL: 'http://127.0.0.1/v1?key=sk-secret' }, "option 'baseURL'"],
  ['a password in the URL', { baseURL: 'http://me:sk-secret@127.0.0.1/v1' }, "option 'baseURL'"],
])('%s is refused, and not repeated', (_, options, words) => {
  const make = () => openaiModel({ ...LOCAL, ...options } as never)
  expect(make).toThrow(words)
  expect(make).not.toThrow('secret')
})

test('a missing key is refused where OpenAI itself is asked, and says what to do', () => {
  const words = /option 'apiKey' is undefined.+OPENAI_API_KEY; for another server, set baseURL/
  expect(() => openaiModel({ model: 'gpt' })).toThrow(words)
  expect(() => openaiModel({ model: 'gpt', baseURL: 'https://api.openai.com/v1' })).toThrow(words)
  openaiModel({ model: 'gpt', headers: { Authorization: 'Bearer x' } })
  vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-environment')
  openaiModel({ model: 'gpt' })
  openaiModel({ model: 'gpt', baseURL: 'https://eu.api.openai.com/v1' })
})

test('the key of the environment goes to the URL of the environment, and to no other', async () => {
  const server = await startOpenAIServer(() => ({ kind: 'says', text: ['x'] }))
  vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-environment')
  vi.stubEnv('OPENAI_ORG_ID', 'org-1')
  await openaiModel({ model: 'small', baseURL: server.url }).create(requestOf())
  vi.stubEnv('OPENAI_BASE_URL', server.url)
  await openaiModel({ model: 'small' }).create(requestOf())
  await openaiModel({ model: 'small', apiKey: 'mine' }).create(requestOf())
  const headers = { Authorization: 'Bearer x' }
  await openaiModel({ model: 'small', baseURL: server.url, headers }).create(requestOf())
  expect(server.headers.map(({ authorization }) => authorization)).toEqual([
    undefined,
    'Bearer sk-of-the-environment',
    'Bearer mine',
    'Bearer x',
  ])
  for (const one of server.headers) expect(one).not.toHaveProperty('openai-organization')
})

test('what its capabilities leave out is refused at the call', async () => {
  const capabilities = { tools: false, vision: false, structuredOutput: false }
  const model = openaiModel({ ...LOCAL, capabilities })
  expect(model.capabilities).toEqual(capabilities)
  const tools = [{ name: 'a', description: 'b', parameters: {} }]
  const picture = { kind: 'image-url', url: 'https://example.org/a.png' } as const
  const messages = [{ role: 'user', content: [picture], source: 'user' }] as const
  const results = [{ callId: 'a', name: 'a', content: [picture], isError: false }]
  for (const [more, what] of [
    [{ tools }, "can't take tools, by its capabilities; leave them out, or set capabilities.tools"],
    [{ output: {} }, 'capabilities.structuredOutput'],
    [{ messages }, 'capabilities.vision'],
    [{ messages: [{ role: 'tool', results }] as const }, 'capabilities.vision'],
  ] as const) {
    await expect(model.create(requestOf(more))).rejects.toMatchObject({
      code: 'HEDDLE_MODEL_FAILED',
      fields: { kind: 'request', retryable: false },
      message: expect.stringContaining(what),
    })
  }
})

test('a package that is not there is named, with the command that installs it', async () => {
  const name = 'a-package-that-nobody-has'
  await expect(loadPeer(name, 'heddle/odd', () => import(name))).rejects.toMatchObject({
    code: 'HEDDLE_MISSING_PACKAGE',
    fields: { package: name, subpath: 'heddle/odd' },
    message: expect.stringContaining(`run: npm install ${name}`),
  })
})

test('a package that fails when it is loaded is not called missing', async () => {
  const broken = new Error('broken')
  await expect(loadPeer('openai', 'heddle/odd', () => Promise.reject(broken))).rejects.toBe(broken)
  const within = Object.assign(new Error("Cannot find package 'other' imported from openai"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  await expect(loadPeer('openai', 'heddle/odd', () => Promise.reject(within))).rejects.toBe(within)
  const about = new Error("'openai' is not for this machine")
  await expect(loadPeer('openai', 'heddle/odd', () => Promise.reject(about))).rejects.toBe(about)
})
