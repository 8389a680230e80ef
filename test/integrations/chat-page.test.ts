/** The page of examples/29-a-chat-page, in a browser, with the example's own server. */
import { text } from 'node:stream/consumers'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Asked, eventOf, openOpenAIServer, type Reaction } from '../fixtures/openai-server.ts'
import { openBrowser } from './browser.ts'
import { ChatPage } from './chat-page.ts'
import { buildAndServe, type PageServer, serve } from './page-server.ts'

type ModelServer = Awaited<ReturnType<typeof openOpenAIServer>>

let browser: Browser
let built: PageServer
let model: ModelServer
let served: PageServer
/** What the cashier's model does with its next calls; the last one stays. */
let cashier: Reaction[] = []

beforeAll(async () => {
  browser = await openBrowser()
  built = await buildAndServe()
  model = await openOpenAIServer((asked) => {
    if (isHost(asked)) return { kind: 'says', calls: [HANDS_OVER] }
    return (cashier.length > 1 ? cashier.shift() : cashier[0]) as Reaction
  })
  served = await serve(model.url)
})
afterAll(async () => {
  await browser?.close()
  await built?.stop()
  await served?.stop()
  model?.stop()
})

const HANDS_OVER = { id: 'call-1', name: 'transfer_to_cashier', arguments: ['{}'] }
const says = (...text: string[]): Reaction => ({ kind: 'says', text })
/** Some of an answer, and then nothing more, or the connection breaks. */
const begins = (content: string, end: 'stalled' | 'cut'): Reaction => {
  return { kind: 'events', events: [eventOf('test-model', { content })], end }
}

function isHost({ messages }: Asked): boolean {
  return String(messages[0]?.content).startsWith('You welcome')
}

async function openChat({ url }: PageServer): Promise<ChatPage> {
  const chat = await ChatPage.open(browser, url)
  onTestFinished(() => chat.close())
  return chat
}

/** Asks without a browser, and reads the answer as text. */
async function post(id: string, question: string): Promise<ReadableStream<string>> {
  const messages = [{ id: '1', role: 'user', parts: [{ type: 'text', text: question }] }]
  const url = new URL('/api/chat', served.url)
  const { body } = await fetch(url, { method: 'POST', body: JSON.stringify({ id, messages }) })
  if (body === null) throw new Error('there is no answer')
  return body.pipeThrough(new TextDecoderStream())
}

test('a question leads to a handoff, a tool and an answer, and the next one goes on', async () => {
  const chat = await openChat(built)
  await chat.ask('What do tea and cake cost?')
  await chat.has('footer', 'condition: cashier sent a text message')
  await chat.isReady()
  const first = [
    ['user', 'What do tea and cake cost?'],
    ['host', 'Welcome! I ask the cashier.'],
    ['cashier', 'Let me look that up.'],
    ['cashier', 'Here you are: tea costs 3, and cake costs 4.'],
  ]
  expect(await chat.texts()).toEqual(first)
  expect(await chat.all('.handoff')).toEqual(['host hands over to cashier'])
  const calls = ['price_of({"item":"tea"})3', 'price_of({"item":"cake"})4']
  expect(await chat.all('.tool')).toEqual(calls)

  await chat.ask('And coffee?')
  await chat.has('article:last-of-type footer', 'condition: cashier sent a text message')
  await chat.isReady()
  expect(await chat.texts()).toEqual([
    ...first,
    ['user', 'And coffee?'],
    ['cashier', 'Let me look that up.'],
    ['cashier', 'Here you are: coffee costs 5.'],
  ])
  expect(await chat.all('.handoff')).toEqual(['host hands over to cashier'])
  expect(await chat.all('.tool')).toEqual([...calls, 'price_of({"item":"coffee"})5'])
  expect(chat.errors).toEqual([])
})

test('Stop ends a run that hangs, and the chat goes on', async () => {
  const chat = await openChat(served)
  cashier = [begins('One moment', 'stalled'), says('Tea costs ', '3.')]
  await chat.ask('What does tea cost?')
  await chat.has('.text[data-by=cashier]', 'One moment')
  await chat.has('.speaking', 'cashier …')
  const hanging = model.asked.at(-1) as Asked
  await chat.press('Stop')
  await chat.isReady()
  await model.leftBy(hanging) // the run has let go of its model
  await chat.ask('Once more, please.')
  await chat.has('article:last-of-type .text', 'Tea costs 3.')
  await chat.isReady()
  expect(await chat.texts()).toEqual([
    ['user', 'What does tea cost?'],
    ['cashier', 'One moment'],
    ['user', 'Once more, please.'],
    ['cashier', 'Tea costs 3.'],
  ])
  const shown = JSON.stringify(model.asked.at(-1)?.messages)
  expect(shown).toContain('What does tea cost?') // of the same conversation
  expect(shown).not.toContain('One moment') // which has only whole answers
  expect(await chat.all('[role=alert]')).toEqual([])
  expect(chat.errors).toEqual([])
})

test('a question interrupts the run of its chat that is still there', async () => {
  cashier = [begins('One moment', 'stalled'), says('Tea costs 3.')]
  const first = await post('chat-1', 'What does tea cost?')
  for await (const piece of first.values({ preventCancel: true })) {
    if (piece.includes('One moment')) break
  }
  const second = await post('chat-1', 'What does tea cost, please?')
  expect(await text(second)).toContain('Tea costs 3.')
  expect(await text(first)).toContain('"type":"abort"')
})

test('a failure in the middle of an answer is told, and the next question works', async () => {
  const chat = await openChat(served)
  cashier = [begins('Half of', 'cut'), says('Tea costs 3.')]
  await chat.ask('What does tea cost?')
  await chat.has('[role=alert]', 'Something went wrong. Please ask again.')
  expect(await chat.texts()).toEqual([['user', 'What does tea cost?']])
  expect(await chat.all('footer')).toEqual(['failed'])
  await chat.ask('What does tea cost, please?')
  await chat.has('.text[data-by=cashier]', 'Tea costs 3.')
  await chat.isReady()
  expect(await chat.all('[role=alert]')).toEqual([])
  expect(chat.errors).toEqual([])
})

test('what was shown before a lane died is shown once', async () => {
  const chat = await openChat(served)
  cashier = [begins('Tea costs', 'stalled'), says('Tea costs', ' 3.')]
  await chat.ask('What does tea cost?')
  await chat.has('.text[data-by=cashier]', 'Tea costs')
  const before = model.asked.length
  served.endLanes()
  await chat.has('article:last-of-type footer', 'condition: cashier sent a text message')
  await chat.isReady()
  expect(model.asked.length).toBe(before + 1)
  expect(await chat.texts()).toEqual([
    ['user', 'What does tea cost?'],
    ['cashier', 'Tea costs 3.'],
  ])
  expect(await chat.all('.handoff')).toEqual(['host hands over to cashier'])
  expect(chat.errors).toEqual([])
})

test('when the server is gone, the page says so, and asks the next one', async () => {
  const first = await serve(model.url)
  onTestFinished(async () => void (await first.stop()))
  const chat = await openChat(first)
  cashier = [begins('One moment', 'stalled'), says('Tea costs 3.')]
  await chat.ask('What does tea cost?')
  await chat.has('.text[data-by=cashier]', 'One moment')
  await first.stop('SIGKILL')
  await chat.has('[role=alert]', 'network error')
  const next = await serve(model.url, new URL(first.url).port)
  onTestFinished(async () => void (await next.stop()))
  await chat.ask('What does tea cost, please?')
  await chat.has('article:last-of-type .text', 'Tea costs 3.')
  await chat.isReady()
  expect(await chat.all('[role=alert]')).toEqual([])
})

test('Ctrl-C ends it cleanly, in the middle of an answer', async () => {
  const server = await serve(model.url)
  onTestFinished(async () => void (await server.stop()))
  const chat = await openChat(server)
  cashier = [begins('One moment', 'stalled')]
  await chat.ask('What does tea cost?')
  await chat.has('.text[data-by=cashier]', 'One moment')
  const { stderr, code } = await server.stop()
  expect(stderr).toBe('')
  expect(code).toBe(0)
})
