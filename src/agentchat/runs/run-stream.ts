/** A run as a stream of what happens in it. */
import { Readable } from 'node:stream'
import { defect } from '../../defect.ts'
import { describe, isError } from '../../describe.ts'

/**
 * What `work` shows, as it comes; the value that it resolves to is the last item. The work begins
 * at the first read. Its signal aborts when the reader stops, or with `outer`; the loop is left
 * when the work has ended.
 */
export async function* streamOf<Item>(
  work: (show: (item: Item) => void, signal: AbortSignal) => Promise<Item>,
  outer?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const unread = new AbortController()
  const { signal } = unread
  const end = () => unread.abort(outer?.reason)
  outer?.addEventListener('abort', end, { once: true }) // the signal may be of another realm
  if (outer?.aborted) end()
  const stream = new Readable({ objectMode: true, read: () => {} })
  const show = (item: Item) => {
    if (!stream.destroyed) stream.push([item]) // a bare null would be the stream's end
  }
  const working = work(show, signal).then(
    (last) => {
      show(last)
      if (!stream.destroyed) stream.push(null)
    },
    (error) => void stream.destroy(isError(error) ? error : new Error(describe(error))),
  )
  try {
    for await (const [item] of stream) yield item
  } finally {
    unread.abort('nobody reads its stream any more')
    await working
    outer?.removeEventListener('abort', end)
  }
}

/** The last item of a stream of a run: its result. */
export async function lastOf<Item extends { readonly kind: string }, K extends Item['kind']>(
  stream: AsyncIterable<Item>,
  kind: K,
): Promise<Extract<Item, { readonly kind: K }>> {
  let last: Item | undefined
  for await (const item of stream) last = item
  if (last?.kind !== kind) throw defect(`the stream of a run ended without its ${kind}`)
  return last as Extract<Item, { readonly kind: K }>
}
