/** A chat with a team: all that has been said, who speaks, and a line to type in. */
import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport } from 'ai'
import type { HeddleUIMessage } from 'heddle/ai-sdk'
import { type FormEvent, useState } from 'react'
import { Message } from './message.tsx'

const transport = new DefaultChatTransport<HeddleUIMessage>({ api: '/api/chat' })

export function App() {
  const [text, setText] = useState('')
  const [speakers, setSpeakers] = useState<readonly string[]>([])
  const { messages, sendMessage, stop, status, error } = useChat<HeddleUIMessage>({
    transport,
    onData: (part) => {
      if (part.type === 'data-speakers') setSpeakers(part.data.names)
    },
  })
  const isBusy = status === 'submitted' || status === 'streaming'

  const ask = (event: FormEvent) => {
    event.preventDefault()
    if (isBusy || text.trim() === '') return
    setText('')
    setSpeakers([])
    sendMessage({ text })
  }

  return (
    <main data-status={status}>
      <h1>The tea room</h1>
      <div className="messages" role="log">
        {messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
        {isBusy && <p className="speaking">{speakers.join(' and ') || 'Somebody'} …</p>}
        {error && <p role="alert">{error.message}</p>}
      </div>
      <form onSubmit={ask}>
        <input
          aria-label="Your question"
          placeholder="What do tea and cake cost?"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {isBusy ? (
          <button type="button" onClick={() => stop()}>
            Stop
          </button>
        ) : (
          <button type="submit">Ask</button>
        )}
      </form>
    </main>
  )
}
