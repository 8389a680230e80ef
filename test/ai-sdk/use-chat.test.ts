/** A chat of the AI SDK, as `useChat` has it, and an HTTP server whose answers are runs. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { AbstractChat, type ChatState, type ChatStatus, DefaultChatTransport } from 'ai'
import { expect, onTestFinished, test } from 'vitest'
import type { SavedAgent } from '../../src/agentchat/agents/saved-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import {
  type HeddleUIMessage,
  taskFromUIMessages,
  toUIMessageStreamResponse,
} from '../../src/ai-sdk/index.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import type { ModelMessage } from '../../src/models/model.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { old } from '../fixtures/chat/ai-sdk.team.ts'
import { textsOf } from './ui-message.ts'

class State implements ChatState<HeddleUIMessage> {
  status: ChatStatus = 'ready'
  error: Error | undefined
  messages: HeddleUIMessage[] = []
  readonly pushMessage = (message: HeddleUIMessage) => void this.messages.push(message)
  readonly popMessage = () => void this.messages.pop()
  readonly replaceMessage = (at: number, message: HeddleUIMessage) => {
    this.messages[at] = message
  }
  readonly snapshot = <T>(thing: T): T => structuredClone(thing)
}

class Chat extends AbstractChat<HeddleUIMessage> {}

/** A server on this machine, and a chat that asks it. */
interface Body {
  readonly id: string
  readonly messages: HeddleUIMessage[]
  readonly trigger?: string
}

async function chatWith(answer: (body: Body) => Response | Promise<Response>) {
  const server = createServer((request, response) => void serve(request, response))
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks = await request.toArray()
    const { status, headers, body } = await answer(JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(status, Object.fromEntries(headers))
    const stream = Readable.fromWeb(body as WebStream)
    await pipeline(stream, response).catch(() => {}) // the chat has left
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const speakers: string[] = []
  const asked: string[] = []
  const chat = new Chat({
    id: 'conv',
    state: new State(),
    transport: new DefaultChatTransport({ api: `http://127.0.0.1:${port}/api/chat` }),
    onToolCall: ({ toolCall }) => void asked.push(toolCall.toolName),
    onData: (part) => {
      if (part.type === 'data-speakers') speakers.push(...part.data.names)
    },
  })
  return { chat, speakers, asked }
}

test('a chat shows the turns of a team, and its next message goes on', async () => {
  const runtime = await SingleThreadedRuntime.start({ agents: old.agents })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const { chat, speakers, asked } = await chatWith(({ id, messages }) => {
    const task = taskFromUIMessages(messages)
    const conversation = old.conversation(runtime, id)
    return toUIMessageStreamResponse((signal) => conversation.runStream({ task, signal }))
  })
  for (const text of ['How old is the loom?', 'And now?']) {
    await chat.sendMessage({ text })
    expect(chat.error).toBeUndefined()
    expect(chat.status).toBe('ready')
  }
  expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  const shown = textsOf(chat.messages[1] as HeddleUIMessage)
  expect(shown).toContain('writer: The loom is old.')
  expect(shown).toContain('critic: Say how old.')
  expect(speakers.slice(0, 2)).toEqual(['writer', 'critic'])
  expect(asked).toEqual([]) // the tools are not the browser's to run
  expect(chat.messages[3]?.metadata?.stopReason?.kind).toBe('condition')
})

test('regenerate asks again what was asked, and the conversation hears it once', async () => {
  const heard: string[] = []
  const model = scriptedModel(({ messages }) => {
    const asked = messages.filter(({ role }) => role === 'user').map((one) => textIn(one))
    heard.push(asked.join(' | '))
    return `answer ${heard.length}`
  })
  const agent = assistantAgent({ name: 'a', model })
  const before = new Map<string, SavedAgent>() // by the id of the question
  const { chat } = await chatWith(({ messages, trigger }) => {
    const question = messages.at(-1)?.id ?? ''
    const saved = before.get(question)
    if (trigger === 'regenerate-message' && saved !== undefined) agent.loadState(saved)
    else before.set(question, agent.saveState())
    return toUIMessageStreamResponse(agent.runStream({ task: taskFromUIMessages(messages) }))
  })
  await chat.sendMessage({ text: 'one' })
  await chat.sendMessage({ text: 'two' })
  await chat.regenerate()
  expect(heard).toEqual(['one', 'one | two', 'one | two'])
  expect(textsOf(chat.messages.at(-1) as HeddleUIMessage)).toEqual(['a: answer 3'])
})

function textIn(message: ModelMessage): string {
  return 'content' in message ? String(message.content) : ''
}

test('a failure is an error of the chat, without its words', async () => {
  const agent = assistantAgent({ name: 'a', model: scriptedModel([{ fails: 'password: 1234' }]) })
  const { chat } = await chatWith(({ messages }) => {
    return toUIMessageStreamResponse(agent.runStream({ task: taskFromUIMessages(messages) }))
  })
  await chat.sendMessage({ text: 'Hello' })
  expect(chat.status).toBe('error')
  expect(chat.error?.message).toBe('An error occurred.')
  expect(chat.messages.at(-1)?.metadata?.stopReason).toEqual({ kind: 'failed', source: 'a' })
})

test('a chat that stops cancels the run', async () => {
  const ended = Promise.withResolvers<string>()
  const begun = Promise.withResolvers<void>()
  const model = scriptedModel(() => {
    begun.resolve()
    return new Promise(() => {})
  })
  const agent = assistantAgent({ name: 'a', model })
  const { chat } = await chatWith(({ messages }) => {
    const task = taskFromUIMessages(messages)
    return toUIMessageStreamResponse(async function* (signal) {
      for await (const item of agent.runStream({ task, signal })) {
        if (item.kind === 'result') ended.resolve(item.stopReason.kind)
        yield item
      }
    })
  })
  const sent = chat.sendMessage({ text: 'Hello' })
  await begun.promise
  await chat.stop()
  await sent
  expect(await ended.promise).toBe('cancelled')
})
