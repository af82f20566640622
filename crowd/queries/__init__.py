"""Read models: what each person sees, scoped to who asks. Nothing here changes anything."""
