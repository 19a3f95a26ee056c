"""The pages people work with: server-rendered, one file a page, whole without JavaScript and quicker with it."""
