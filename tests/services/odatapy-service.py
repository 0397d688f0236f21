"""A service of OData V4 in memory, by a library that has nothing to do with ours. Arguments: port, rows of a page (0: all)."""
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from odatapy.edm.csdl import (
    CsdlAbstractEdmProvider,
    CsdlEntityContainer,
    CsdlEntitySet,
    CsdlEntityType,
    CsdlNavigationProperty,
    CsdlNavigationPropertyBinding,
    CsdlProperty,
    CsdlPropertyRef,
    CsdlSchema,
)
from odatapy.server import OData
from odatapy.server.adapters import ODataWSGIApp
from odatapy.server.inmemory import InMemoryDataStore, InMemoryProcessor
from odatapy.server.processor import CustomETagSupport


class Provider(CsdlAbstractEdmProvider):
    def get_schemas(self):
        product = CsdlEntityType(
            name="Product",
            key=[CsdlPropertyRef(name="Code")],
            properties=[
                CsdlProperty(name="Code", type="Edm.String", nullable=False),
                CsdlProperty(name="Name", type="Edm.String"),
                CsdlProperty(name="Price", type="Edm.Decimal", precision=30, scale=4),
                CsdlProperty(name="Stock", type="Edm.Int64"),
                CsdlProperty(name="Changed", type="Edm.DateTimeOffset", precision=3),
                CsdlProperty(name="Tags", type="Edm.String", collection=True),
                CsdlProperty(name="Sizes", type="Edm.Int32", collection=True),
            ],
            navigation_properties=[
                CsdlNavigationProperty(name="Parts", type="Shop.Product", collection=True),
                CsdlNavigationProperty(name="Whole", type="Shop.Product"),
            ],
        )
        bindings = [CsdlNavigationPropertyBinding(path="Parts", target="Products"), CsdlNavigationPropertyBinding(path="Whole", target="Products")]
        products = CsdlEntitySet(name="Products", type="Shop.Product", navigation_property_bindings=bindings)
        versioned = CsdlEntitySet(name="Versioned", type="Shop.Product")
        container = CsdlEntityContainer(name="Container", entity_sets=[products, versioned])
        return [CsdlSchema(namespace="Shop", entity_types=[product], entity_container=container)]


class Versions(CustomETagSupport):
    """Rows of one of the sets may be changed only under their version."""

    def has_etag(self, entity_set_or_singleton):
        return entity_set_or_singleton.name == "Versioned"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


def main(port, page_rows):
    odata = OData.new_instance()
    handler = odata.create_handler(odata.create_service_metadata(Provider()))
    store = InMemoryDataStore()
    store.set_entities("Products", [])
    store.set_entities("Versioned", [])
    handler.register(InMemoryProcessor(store, page_size=page_rows or None))
    handler.register(Versions())
    make_server("127.0.0.1", port, ODataWSGIApp(handler), Server, Quiet).serve_forever()


main(int(sys.argv[1]), int(sys.argv[2]))
