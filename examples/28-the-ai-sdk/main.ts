/** A chat of two questions, over HTTP. The chat is the AI SDK's own, as `useChat` has it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { DefaultChatTransport, readUIMessageStream } from 'ai'
import { SingleThreadedRuntime } from 'heddle'
import type { HeddleUIMessage } from 'heddle/ai-sdk'
import { archives } from './archive.team.ts'
import { serverOn } from './server.ts'

const runtime = await SingleThreadedRuntime.start({ agents: archives.agents })
const server = serverOn(runtime).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const api = `http://127.0.0.1:${port}/api/chat`
const transport = new DefaultChatTransport<HeddleUIMessage>({ api })
const messages: HeddleUIMessage[] = []

try {
  await ask('How old is the loom?')
  await ask('And the spindle?')
} finally {
  server.closeAllConnections()
  server.close()
  await runtime.stop()
}

async function ask(text: string): Promise<void> {
  const id = `question-${messages.length}`
  messages.push({ id, role: 'user', parts: [{ type: 'text', text }] })
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: 'chat-1',
    messageId: undefined,
    messages,
    abortSignal: undefined,
  })
  let answer: HeddleUIMessage | undefined
  for await (const message of readUIMessageStream<HeddleUIMessage>({ stream })) answer = message
  if (answer === undefined) throw new Error('there is no answer')
  messages.push(answer)
  console.log(`user: ${text}`)
  for (const part of answer.parts) console.log(lineOf(part))
  const { stopReason, usage } = answer.metadata ?? {}
  console.log(`[${stopReason?.kind}, ${usage?.promptTokens} + ${usage?.completionTokens} tokens]\n`)
}

function lineOf(part: HeddleUIMessage['parts'][number]): string {
  if (part.type === 'text') return `${part.providerMetadata?.heddle?.agent}: ${part.text}`
  if (!('toolCallId' in part)) return `(${part.type})`
  return `${part.type}, ${part.state}: ${JSON.stringify(part.input)} → ${part.output}`
}
