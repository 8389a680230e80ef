/** Which pictures can be shown to models: what any provider would refuse is refused here. */
import { describe } from '../describe.ts'
import type { ContentPart } from './model.ts'

type Picture = Exclude<ContentPart, { readonly kind: 'text' }>

const MEDIA_TYPE = /^image\/[\w.+-]+$/i

/** What is wrong with a picture; undefined: nothing. The sentence has "its" for the picture. */
export function pictureProblem(picture: Picture): string | undefined {
  if (picture.kind === 'image-url') {
    const protocol = URL.parse(picture.url)?.protocol
    if (protocol === 'https:' || protocol === 'http:') return undefined
    if (protocol === 'data:' && /^data:image\//i.test(picture.url)) return undefined
    return `its url is ${describe(picture.url)}; give a URL of http: or https:, or its bytes as data`
  }
  const { mediaType, data } = picture
  if (!MEDIA_TYPE.test(mediaType)) {
    return `its mediaType is ${describe(mediaType)}; give that of a picture, such as 'image/png'`
  }
  if (data.startsWith('data:')) return "its data is a whole URL; give what comes after 'base64,'"
  if (isBase64(data)) return undefined
  return `its data is ${describe(data)}; give the bytes of the picture in base64`
}

/** It may be megabytes long. */
function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const length = text.length - padding
  return length > 0 && length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(text.slice(0, length))
}
