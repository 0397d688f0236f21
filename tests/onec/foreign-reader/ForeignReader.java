import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.olingo.client.api.communication.request.cud.v3.UpdateType;
import org.apache.olingo.client.api.uri.v3.URIBuilder;
import org.apache.olingo.client.api.v3.ODataClient;
import org.apache.olingo.client.core.ODataClientFactory;
import org.apache.olingo.client.core.http.BasicAuthHttpClientFactory;
import org.apache.olingo.commons.api.domain.v3.ODataEntity;
import org.apache.olingo.commons.api.domain.v3.ODataEntitySet;
import org.apache.olingo.commons.api.domain.v3.ODataProperty;
import org.apache.olingo.commons.api.edm.FullQualifiedName;
import org.apache.olingo.commons.api.edm.Edm;
import org.apache.olingo.commons.api.format.ODataFormat;

/** Reads and writes a publication with a client that others have written; prints a line of each step. */
public final class ForeignReader {
  private static final ODataClient client = ODataClientFactory.getV3();
  private static final String STREAMED = "Catalog_Номенклатура";
  private static String root;

  public static void main(String[] words) {
    root = words[0];
    client.getConfiguration().setHttpClientFactory(new BasicAuthHttpClientFactory(words[1], words[2]));
    String[] sets = words[3].split(",");
    step("metadata", () -> {
      Edm edm = client.getRetrieveRequestFactory().getMetadataRequest(root).execute().getBody();
      return edm.getEntityType(new FullQualifiedName("StandardODATA", sets[0])).getPropertyNames().size() + " properties";
    });
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON, ODataFormat.XML}) {
      step("service document " + format.name(), () -> {
        var request = client.getRetrieveRequestFactory().getServiceDocumentRequest(root);
        request.setFormat(format);
        return request.execute().getBody().getEntitySetNames().size() + " sets";
      });
    }
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON_NO_METADATA, ODataFormat.JSON, ODataFormat.JSON_FULL_METADATA, ODataFormat.ATOM}) {
      for (String set : sets) step(set + " " + format.name(), () -> list(uri(set).top(3), format).getEntities().size() + " entities");
    }
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON, ODataFormat.JSON_FULL_METADATA, ODataFormat.ATOM}) {
      step("one " + format.name(), () -> one(firstKey(sets[0]), sets[0], format).getProperty("Description").getValue().toString());
    }
    step("inline count", () -> list(uri(sets[0]).inlineCount(URIBuilder.InlineCount.allpages), ODataFormat.JSON).getCount() + " counted");
    step("count", () -> client.getRetrieveRequestFactory().getValueRequest(uri(sets[0]).count().build()).execute().getBody().toString().replace("\uFEFF", ""));
    step("filter", () -> list(uri(sets[0]).filter("startswith(Description, 'А') or not (Description eq 'х')"), ODataFormat.ATOM).getEntities().size() + " entities");
    step("expand ATOM", () -> list(uri("Document_СчетНаОплату").expand("Контрагент").top(2), ODataFormat.ATOM).getEntities().get(0).getNavigationLinks().size() + " links");
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON, ODataFormat.JSON_FULL_METADATA, ODataFormat.XML}) {
      step("property " + format.name(), () -> property(keyed(sets[0], firstKey(sets[0])) + "/Description", format).getValue().toString());
    }
    step("value", () -> client.getRetrieveRequestFactory().getValueRequest(URI.create(keyed(sets[0], firstKey(sets[0])) + "/Description/$value")).execute().getBody().toString());
    step("stream", () -> {
      var request = client.getRetrieveRequestFactory().getMediaRequest(URI.create(keyed(STREAMED, firstKey(STREAMED)) + "/" + encoded("Картинка")));
      var answer = request.execute();
      try (var bytes = answer.getBody()) {
        return answer.getContentType() + " " + new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
      }
    });
    step("stream link", () -> list(uri(STREAMED).top(1), ODataFormat.ATOM).getEntities().get(0).getMediaEditLinks().size() + " edit links");
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON, ODataFormat.JSON_FULL_METADATA, ODataFormat.XML}) {
      for (String table : words[4].split(",")) step(table + " " + format.name(), () -> property(root + "/" + encoded(table) + "()", format).getCollectionValue().size() + " values");
    }
    step("not found", () -> {
      try {
        one("00000000-0000-0000-0000-00000000dead", sets[0], ODataFormat.JSON);
        throw new IllegalStateException("found");
      } catch (org.apache.olingo.client.api.communication.ODataClientErrorException error) {
        return error.getStatusLine().getStatusCode() + " " + error.getODataError().getCode();
      }
    });
    for (ODataFormat format : new ODataFormat[] {ODataFormat.JSON_FULL_METADATA, ODataFormat.ATOM}) {
      step("create and change " + format.name(), () -> created(sets[0], format));
    }
  }

  private static String created(String set, ODataFormat format) {
    ODataEntity entity = client.getObjectFactory().newEntity(new FullQualifiedName("StandardODATA", set));
    entity.getProperties().add(text("Description", "Новый " + format.name()));
    var create = client.getCUDRequestFactory().getEntityCreateRequest(uri(set).build(), entity);
    create.setFormat(format);
    ODataEntity made = create.execute().getBody();
    String key = made.getProperty("Ref_Key").getValue().toString();
    ODataEntity change = client.getObjectFactory().newEntity(new FullQualifiedName("StandardODATA", set));
    change.getProperties().add(text("Description", "Изменён " + format.name()));
    var update = client.getCUDRequestFactory().getEntityUpdateRequest(URI.create(keyed(set, key)), UpdateType.PATCH, change);
    update.setFormat(format);
    update.execute();
    return one(key, set, format).getProperty("Description").getValue().toString();
  }

  private static ODataProperty text(String name, String value) {
    return client.getObjectFactory().newPrimitiveProperty(name, client.getObjectFactory().newPrimitiveValueBuilder().buildString(value));
  }

  private static URIBuilder uri(String set) {
    return client.newURIBuilder(root).appendEntitySetSegment(set);
  }

  private static ODataEntitySet list(URIBuilder builder, ODataFormat format) {
    var request = client.getRetrieveRequestFactory().getEntitySetRequest(builder.build());
    request.setFormat(format);
    return request.execute().getBody();
  }

  private static String encoded(String path) {
    return URI.create(path).toASCIIString();
  }

  private static ODataProperty property(String address, ODataFormat format) {
    var request = client.getRetrieveRequestFactory().getPropertyRequest(URI.create(address));
    request.setFormat(format);
    return request.execute().getBody();
  }

  private static String firstKey(String set) {
    return list(uri(set).top(1), ODataFormat.JSON).getEntities().get(0).getProperty("Ref_Key").getValue().toString();
  }

  private static ODataEntity one(String key, String set, ODataFormat format) {
    var request = client.getRetrieveRequestFactory().getEntityRequest(URI.create(keyed(set, key)));
    request.setFormat(format);
    return request.execute().getBody();
  }

  private static String keyed(String set, String key) {
    return URI.create(root + "/" + set + "(guid'" + key + "')").toASCIIString();
  }

  private static void step(String name, Callable<String> work) {
    try {
      System.out.println("ok\t" + name + "\t" + work.call());
    } catch (Exception | LinkageError error) {
      System.out.println("failed\t" + name + "\t" + String.valueOf(error).replaceAll("\\s+", " "));
    }
  }
}
