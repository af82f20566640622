// A client that a compiler wrote from the OpenAPI document: it claims, answers, and pulls a release.
import createClient from "openapi-fetch";

import type { components, paths } from "./api";

type Annotation = components["schemas"]["AnswerRequest"]["annotation"];
type Release = components["schemas"]["Release"];

export function connect(site: string, token: string) {
  return createClient<paths>({ baseUrl: site, headers: { Authorization: `Bearer ${token}` } });
}

type Client = ReturnType<typeof connect>;

/** Answer one image; false when there is none for now. */
export async function work(
  client: Client,
  slug: string,
  look: (url: string, width: number, height: number) => Promise<Annotation>,
): Promise<boolean> {
  const claimed = await client.POST("/api/v1/projects/{slug}/assignments/", {
    params: { path: { slug }, header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { count: 1 },
  });
  if (claimed.error) throw new Error(`${claimed.error.code}: ${claimed.error.detail}`);
  const assignment = claimed.data?.results[0];
  if (!assignment) return false;
  const { url, width, height } = assignment.image;
  const done = await client.POST("/api/v1/assignments/{id}/submit/", {
    params: { path: { id: assignment.id } },
    body: { annotation: await look(url, width, height), seconds: 3.5 },
  });
  if (done.error) throw new Error(done.error.detail);
  const feedback = done.data.feedback;
  if (feedback) console.log(feedback.score, feedback.explanation);
  return done.data.state === "submitted";
}

/** Return a release and the bytes of one of its files; null while it is being built. */
export async function pull(
  client: Client,
  slug: string,
  number: number,
  format: string,
): Promise<{ release: Release; bytes: Blob } | null> {
  const read = await client.GET("/api/v1/projects/{slug}/releases/{number}/", { params: { path: { slug, number } } });
  if (read.error) throw new Error(read.error.detail);
  if (read.data?.state !== "ready") return null;
  const file = await client.GET("/api/v1/projects/{slug}/releases/{number}/files/{format_name}/", {
    params: { path: { slug, number, format_name: format } },
    parseAs: "blob",
  });
  return { release: read.data, bytes: await file.response.blob() };
}

/** Read every task of a project. */
export async function* tasks(client: Client, slug: string): AsyncGenerator<components["schemas"]["Task"]> {
  let cursor: string | undefined;
  do {
    const page = await client.GET("/api/v1/projects/{slug}/tasks/", {
      params: { path: { slug }, query: { page_size: 500, ...(cursor ? { cursor } : {}) } },
    });
    if (page.error) throw new Error(page.error.detail);
    yield* page.data?.results ?? [];
    cursor = page.data?.next ? (new URL(page.data.next).searchParams.get("cursor") ?? undefined) : undefined;
  } while (cursor);
}

/** What the document does not allow, the compiler does not either. */
export async function mistaken(client: Client): Promise<void> {
  // @ts-expect-error -- an answer has an annotation
  await client.POST("/api/v1/assignments/{id}/submit/", { params: { path: { id: "" } }, body: { seconds: 1 } });
  // @ts-expect-error -- there is no such call
  await client.GET("/api/v1/everything/");
  // @ts-expect-error -- and no such state
  await client.GET("/api/v1/projects/{slug}/tasks/", { params: { path: { slug: "a" }, query: { state: "lost" } } });
}
