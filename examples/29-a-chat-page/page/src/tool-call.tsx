/** A call of a tool, with what went in and what came out. It has run on the server. */
import { type DynamicToolUIPart, getToolName, type ToolUIPart } from 'ai'

export function ToolCall({ part }: { part: ToolUIPart | DynamicToolUIPart }) {
  const name = getToolName(part)
  if (name.startsWith('transfer_to_')) return null // the handoff says it
  return (
    <div className="tool" data-tool={name} data-state={part.state}>
      <code>
        {name}({part.input === undefined ? '…' : JSON.stringify(part.input)})
      </code>
      {part.state === 'output-available' && <output>{String(part.output)}</output>}
      {part.state === 'output-error' && <output className="failed">{part.errorText}</output>}
    </div>
  )
}
