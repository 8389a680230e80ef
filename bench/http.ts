import { simulateReadableStream, streamText } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { closureAgent, defineMessage, SingleThreadedRuntime } from 'heddle'
import { assistantAgent, defineTeam, maxMessages, roundRobin } from 'heddle/agentchat'
import { httpHandler } from 'heddle/http'
import { scriptedModel } from 'heddle/testing'
import type { Question } from './question.ts'
import { milliseconds, race } from './race.ts'
import { WebClient, WebServer } from './rivals/web.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

const CONNECTIONS = 16
const WORDS = 400

const Entry = defineMessage('entry')
const body = JSON.stringify({ message: 'entry' })
const text = Array.from({ length: WORDS }, (_, at) => `word${at} `).join('')

/** What a publish costs beside a server that does nothing, and a stream beside the AI SDK's own. */
export const http: Question = {
  name: 'http',
  asks: `publishes over ${CONNECTIONS} connections, and streamed answers of ${WORDS} words`,
  goals: {
    ofBareServer: { kind: 'at least', value: 0.5 },
    ofSdkStream: { kind: 'at least', value: 0.9 },
  },
  answer: (setting) =>
    onStage(async (stage) => {
      const isFull = setting.size === 'full'
      const count = isFull ? 6_000 : 600
      const streams = isFull ? 60 : 10
      const heard = closureAgent({ type: 'reader', handlers: (on) => [on(Entry, () => {})] })
      const model = scriptedModel(() => text)
      const team = defineTeam({
        name: 'talk',
        participants: [assistantAgent({ name: 'clerk', model, stream: 'chunks' })],
        flow: roundRobin(),
        stopWhen: maxMessages(2),
      })
      const agents = [heard, ...team.agents]
      const runtime = await stage.enter(SingleThreadedRuntime.start({ agents }))
      const handler = httpHandler(runtime, { topics: { entry: [Entry] }, teams: [team] })
      const full = await stage.enter(WebServer.start(handler))
      const bare = await stage.enter(
        WebServer.start(async (request) => {
          await request.text()
          return new Response(null, { status: 202 })
        }),
      )
      const client = await stage.enter(new WebClient())
      const post = (url: string) => client.post({ url, body, count, connections: CONNECTIONS })
      const each = (run: (at: number) => Promise<Response>) => {
        return milliseconds(async () => {
          for (let at = 0; at < streams; at++) await (await run(at)).text()
        })
      }
      let chats = 0
      const times = await race(
        {
          publish: () => post(`${full.url}/topics/entry/one`),
          bare: () => post(`${bare.url}/`),
          stream: () => each(() => handler(chatOf(`chat-${chats++}`), { address: '127.0.0.1' })),
          sdk: () => each(sdkStream),
        },
        setting,
      )
      const perSecond = (all: readonly number[]) => all.map((ms) => (count / ms) * 1_000)
      const perStream = (all: readonly number[]) => all.map((ms) => ms / streams)
      return {
        figures: {
          publishesPerSecond: spreadOf(perSecond(times.publish)),
          barePerSecond: spreadOf(perSecond(times.bare)),
          streamMs: spreadOf(perStream(times.stream)),
          sdkStreamMs: spreadOf(perStream(times.sdk)),
        },
        ratios: {
          ofBareServer: ratioOf(times.bare, times.publish),
          ofSdkStream: ratioOf(times.sdk, times.stream),
        },
      }
    }),
}

function chatOf(id: string): Request {
  const messages = [{ role: 'user', parts: [{ type: 'text', text: 'Talk.' }] }]
  return new Request('http://localhost/chats/talk', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, messages }),
  })
}

async function sdkStream(): Promise<Response> {
  const words = text.split(/(?<= )/)
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: WORDS, text: WORDS, reasoning: 0 },
  }
  const model = new MockLanguageModelV4({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'text-start', id: '1' },
          ...words.map((delta) => ({ type: 'text-delta', id: '1', delta }) as const),
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
        ],
        initialDelayInMs: null,
        chunkDelayInMs: null,
      }),
    }),
  })
  return streamText({ model, prompt: 'Talk.' }).toUIMessageStreamResponse()
}
