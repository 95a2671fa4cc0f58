"""Services that change data, and the documents and comparisons that go with them."""
