/** A log as a response of server-sent events. */
import { afterIdle, type Clock } from '../clock.ts'
import type { EventLog, StreamEvent } from './event-log.ts'
import { SAFE } from './problem.ts'

/** How often a stream without events says that it is alive, in milliseconds. */
const ALIVE_MS = 15_000

/** The place of an event in the streams of a process. */
export interface StreamPlace {
  /** Distinguishes this process, and this stream in it. */
  readonly stream: string
  readonly number: number
}

/** The id of an event; what does not come from here is no place. */
export function placeFrom(id: string | null): StreamPlace | undefined {
  const parts = /^([\w-]{1,80})\.(\d{1,15})$/.exec(id ?? '')
  return parts === null ? undefined : { stream: parts[1] as string, number: Number(parts[2]) }
}

/**
 * The events after `place`, and what comes then, until the stream has ended. Each event has an id,
 * with which a reader goes on later. A place that is not kept any more is told as an event `reset`,
 * whose data has the first number that is; then it goes on from there. A reader that is so slow
 * that it falls out of the window is told so, and can go on as well.
 */
export function eventResponse(
  { log, id: stream }: { readonly log: EventLog; readonly id: string },
  place: StreamPlace | undefined,
  clock: Clock,
): Response {
  let number = place?.stream === stream ? place.number : 0
  let isReset = place !== undefined && place.stream !== stream
  const { promise: left, resolve: leave } = Promise.withResolvers<'left'>()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      // a pull that gives nothing would be the last one
      pull: async (controller) => {
        const send = (text: string) => controller.enqueue(encoder.encode(text))
        for (;;) {
          const found = log.after(number)
          if (isReset || found.kind === 'lost') {
            isReset = false
            const first = found.kind === 'lost' ? found.first : number + 1
            number = first - 1
            return send(`event: reset\ndata: ${JSON.stringify({ first })}\n\n`)
          }
          if (found.kind === 'events') {
            number = found.events.at(-1)?.number ?? number
            return send(found.events.map((event) => textOf(event, stream)).join(''))
          }
          if (found.kind === 'ended') return controller.close()
          const { promise: isLong, resolve } = Promise.withResolvers<'long'>()
          const stopTimer = afterIdle(clock, ALIVE_MS, () => resolve('long'))
          const news = await Promise.race([found.changed, left, isLong])
          stopTimer()
          if (news === 'left') return
          if (news === 'long') return send(': alive\n\n')
        }
      },
      cancel: () => leave('left'),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { ...EVENT_STREAM, 'heddle-stream': stream } })
}

function textOf({ number, name, data }: StreamEvent, stream: string): string {
  const event = name === undefined ? '' : `event: ${name}\n`
  return `id: ${stream}.${number}\n${event}data: ${data}\n\n`
}

export const EVENT_STREAM = {
  ...SAFE,
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no', // proxies pass each event on at once
} as const
